import CofferCrypto

#if canImport(Glibc)
    import Glibc
#endif

/// Files under hidden names, on their way to a name of their own. Who writes one holds a lock on it, so that what a killed
/// process left can be told from what is being written.
public enum Leftovers {
    private static let ending = ".coffer-tmp"

    /// Whether a file of this name is on its way.
    public static func isHidden(_ name: some StringProtocol) -> Bool { name.hasPrefix(".") && name.hasSuffix(ending) }

    /// Removes the file at `path` where nobody writes it any more.
    public static func remove(_ path: String) {
        let number = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { return }
        defer { close(number) }
        var status = stat()
        guard unsafe fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            flock(number, LOCK_EX | LOCK_NB) == 0
        else { return }
        unsafe unlink(path)
    }

    /// Shows that the open file is being written.
    static func mark(_ number: Int32) { _ = flock(number, LOCK_EX | LOCK_NB) }

    /// A name that can't be guessed, so that nobody lays a link there.
    static func name(beside path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return "\(folder(of: path))/.\(name.prefix(180)).\(Base64URL.encode(Randomness.system.bytes(12)))\(ending)"
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
