import CArrow

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

    /// Whether it is a folder that only this user, or the machine's owner, could have filled.
    static func isOwn(_ path: String) -> Bool {
        guard let status = status(path), status.st_mode & S_IFMT == S_IFDIR else { return false }
        return [0, geteuid()].contains(status.st_uid) && status.st_mode & 0o002 == 0
    }

    static func isFolder(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }
}

extension FileSystem {
    /// Writes `bytes` to a new file that only the owner may write, and to the disk.
    static func write(_ bytes: [UInt8], to path: String) throws(PipelineError) {
        let file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("write", path) }
        defer { Glibc.close(file) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress! + written, $0.count - written)
            }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw failure("write", path) }
    }

    /// The bytes of a file, at most `limit`; nil where there is none.
    static func read(_ path: String, limit: Int = 256 << 20) throws(PipelineError) -> [UInt8]? {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { Glibc.close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw failure("read", path) }
        guard status.st_size <= limit else {
            throw PipelineError(.tooLarge, "\(path) is larger than \(limit >> 20) MiB")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress! + filled, $0.count - filled)
            }
            guard count > 0 else { throw failure("read", path) }
            filled += count
        }
        return bytes
    }

    /// Brings a file or folder to the disk.
    static func sync(_ path: String) throws(PipelineError) {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("write", path) }
        defer { Glibc.close(file) }
        guard fsync(file) == 0 else { throw failure("write", path) }
    }

    /// Puts `from` in the place of `to`, whole, and brings the folder to the disk.
    static func rename(_ from: String, to: String) throws(PipelineError) {
        guard unsafe Glibc.rename(from, to) == 0 else { throw failure("write", to) }
        try sync(folder(of: to))
    }

    /// Swaps two paths in one step.
    static func exchange(_ a: String, _ b: String) throws(PipelineError) {
        guard unsafe renameat2(AT_FDCWD, a, AT_FDCWD, b, 2) == 0 else {
            throw PipelineError(
                .destination, "\(b): the file system can't swap two folders in one step",
                hint: "write to a new folder, or use write: append")
        }
        try sync(folder(of: b))
    }

    /// Removes a file, or a folder with the files in it.
    static func remove(_ path: String) {
        var status = stat()
        // A link is removed itself, never what it leads to.
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            for name in LibrarySearch.entries(of: path) { remove(path + "/" + name) }
            unsafe rmdir(path)
        } else {
            unsafe unlink(path)
        }
    }

    /// Removes a folder unless there is something in it.
    static func removeIfEmpty(_ path: String) { unsafe rmdir(path) }

    static func makeFolder(_ path: String) throws(PipelineError) {
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("make", path) }
    }

    /// The folder that a path is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return path[..<slash].isEmpty ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private static func failure(_ verb: String, _ path: String) -> PipelineError {
        switch errno {
        case ENOSPC, EDQUOT: PipelineError(.destination, "\(path): no space left on the disk")
        case EACCES, EPERM, EROFS: PipelineError(.destination, "can't \(verb) \(path): permission denied")
        case ENOENT, ENOTDIR: PipelineError(.destination, "can't \(verb) \(path): its folder is not there")
        default: PipelineError(.destination, "can't \(verb) \(path)")
        }
    }
}

extension FileSystem {
    /// The first `count` bytes of a file, or fewer.
    static func head(of path: String, count: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
        return got < 0 ? nil : Array(bytes.prefix(got))
    }
}

extension FileSystem {
    /// Opens a new file for writing. Refused where there is something of that name, a link included.
    static func openNew(_ path: String, mode: mode_t) throws(PipelineError) -> Int32 {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("write", path) }
        return file
    }

    static func close(_ file: Int32) { _ = Glibc.close(file) }
}

extension FileSystem {
    /// Runs `body` while no other writer holds `folder`: what is read there and written anew stays what it was in between.
    static func locking<T>(_ folder: String, _ body: () throws -> T) throws -> T {
        let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw PipelineError(.destination, "the folder \(folder) is not there") }
        defer { Glibc.close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw PipelineError(.destination, "the folder \(folder) can't be locked") }
        }
        return try body()
    }
}
