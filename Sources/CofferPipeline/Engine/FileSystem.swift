#if canImport(Glibc)
    import Glibc
#endif

/// The few calls on files that sources and destinations need.
enum FileSystem {
    /// The path without links and dots; of a file that is not there yet, its folder's with the name.
    static func realPath(_ path: String) -> String? {
        if let real = unsafe realpath(path, nil) {
            defer { unsafe free(real) }
            return unsafe String(cString: real)
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        guard let real = unsafe realpath(folder, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real) + "/" + (slash.map { String(path[path.index(after: $0)...]) } ?? path)
    }

    /// What `stat` says; nil where there is nothing.
    static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    static func isFolder(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }
}
