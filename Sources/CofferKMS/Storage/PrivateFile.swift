import Coffer
import CofferCrypto
import Glibc

/// Files that belong to one user and are closed to all others.
enum PrivateFile {
    /// Reads a file of at most `limit` bytes that only its owner may read; `what` names it in errors.
    static func read(_ path: String, limit: Int, what: String) throws(KeyError) -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw missing(path, what) }
        defer { close(file) }
        let status = try status(file, path, what)
        guard status.st_size <= limit else {
            throw KeyError(.storeRefused, "\(path) is too large to be \(what)", hint: "restore it from your copy")
        }
        return SecretBytes(count: Int(status.st_size)) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                while used < buffer.count, let start = buffer.baseAddress {
                    let count = unsafe Glibc.read(file, start + used, buffer.count - used)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { return }
                    used += count
                }
            }
        }
    }

    /// Refuses a file that is not there, not the user's own, or open to others.
    static func check(_ path: String, what: String) throws(KeyError) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw missing(path, what) }
        defer { close(file) }
        _ = try status(file, path, what)
    }

    /// Refuses a folder that others may write to: they could put another file in the place of one of ours.
    static func checkFolder(_ path: String) throws(KeyError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw missing(path, "the folder")
        }
        guard status.st_uid == geteuid() else { throw foreign(path) }
        guard status.st_mode & 0o022 == 0 else {
            throw KeyError(
                .storeRefused, "\(path) may be written by others than its owner", hint: "chmod 700 \(path)")
        }
    }

    /// Makes the folder, 0700, and those above it.
    static func createFolder(_ path: String) throws(KeyError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try createFolder(String(path[..<slash])) }
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw KeyError(.unavailable, "the folder \(path) can't be made: \(reason(errno))")
        }
    }

    /// Writes a new file, 0600, whole or not at all, and refuses if one is there.
    static func create(_ path: String, _ content: borrowing SecretBytes, what: String) throws(KeyError) {
        let temporary = try write(path, content, what)
        defer { remove(temporary) }
        try publish(temporary, as: path, what: what)
    }

    /// Writes a file, 0600, in the place of the one that is there, which stays whole until then.
    static func replace(_ path: String, _ content: borrowing SecretBytes, what: String) throws(KeyError) {
        // The file itself, where `path` is a link to it.
        let path = resolved(path) ?? path
        let temporary = try write(path, content, what)
        defer { remove(temporary) }
        guard unsafe rename(temporary, path) == 0 else {
            throw KeyError(.unavailable, "\(what) can't be written to \(path): \(reason(errno))")
        }
        syncFolder(of: path)
    }

    /// Does something to the file at `path` while nobody else does.
    static func locked<T>(_ path: String, _ body: () throws -> T) throws -> T {
        let folder = unsafe open(parent(of: resolved(path) ?? path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0, flock(folder, LOCK_EX) == 0 else {
            throw KeyError(.unavailable, "the folder of \(path) can't be locked: \(reason(errno))")
        }
        defer { close(folder) }
        return try body()
    }

    /// Does something while nobody else does so in this folder, whether in this process or another; the system gives the lock
    /// back when its holder ends, however that is. Does nothing where another one takes longer than `patience`.
    static func locked(folder path: String, patience: Duration, _ body: () async throws -> Void) async throws {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw missing(path, "the folder") }
        defer { close(folder) }
        let end = ContinuousClock.now + patience
        while flock(folder, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < end else { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        try await body()
    }

    /// Writes `content` beside `path`, synced; returns where.
    private static func write(
        _ path: String, _ content: borrowing SecretBytes, _ what: String
    ) throws(KeyError) -> String {
        removeLeftovers(of: path)
        let temporary = "\(path).new-\(getpid())"
        remove(temporary)
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KeyError(.unavailable, "\(what) can't be written to \(path): \(reason(errno))") }
        let isWritten = content.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) == $0.count }
        }
        let failure = isWritten && fsync(file) == 0 ? 0 : errno
        close(file)
        guard failure == 0 else {
            remove(temporary)
            throw KeyError(.unavailable, "\(what) can't be written to \(path): \(reason(failure))")
        }
        return temporary
    }

    /// Gives the finished file `temporary` its name; refuses if the name is taken.
    static func publish(_ temporary: String, as path: String, what: String) throws(KeyError) {
        guard unsafe link(temporary, path) == 0 else {
            if errno == EEXIST { throw KeyError(.alreadyExists, "\(path) is there already") }
            throw KeyError(.unavailable, "\(what) can't be written to \(path): \(reason(errno))")
        }
        remove(temporary)
        syncFolder(of: path)
    }

    /// Removes what processes that were killed left beside `path` under its name: `PATH.new-PID`, and SQLite's files of that.
    static func removeLeftovers(of path: String) {
        guard let folder = unsafe opendir(parent(of: path)) else { return }
        defer { unsafe closedir(folder) }
        let start = String(path.split(separator: "/").last ?? "") + ".new-"
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(start) else { continue }
            let rest = name.dropFirst(start.count)
            let digits = rest.prefix { $0.isNumber }
            guard let process = Int32(digits), ["", "-wal", "-shm", "-journal"].contains(rest.dropFirst(digits.count)),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            remove("\(parent(of: path))/\(name)")
        }
    }

    private static func syncFolder(of path: String) {
        let folder = unsafe open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { unsafe unlink(path) }

    /// Whether there is something at `path`.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// The folder a file is in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `path` without symbolic links; nil if there is nothing.
    static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private static func status(_ file: Int32, _ path: String, _ what: String) throws(KeyError) -> stat {
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(.storeRefused, "\(path) is not a file", hint: "\(what) is kept in a file of its own")
        }
        guard status.st_uid == geteuid() else { throw foreign(path) }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyError(.storeRefused, "\(path) is open to others than its owner", hint: "chmod 600 \(path)")
        }
        return status
    }

    private static func foreign(_ path: String) -> KeyError {
        KeyError(.storeRefused, "\(path) belongs to another user", hint: "run as its owner")
    }

    private static func missing(_ path: String, _ what: String) -> KeyError {
        if errno == EACCES {
            return KeyError(.storeRefused, "\(what) in \(path) may not be read by this user", hint: "run as its owner")
        }
        return KeyError(.notFound, "\(what) is not at \(path)", hint: "coffer init makes a key store and its root key")
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOSPC: "no space left"
        case EACCES, EPERM: "no permission"
        case EROFS: "the file system is read-only"
        case ENOENT: "a folder on the way is missing"
        default: "error \(code)"
        }
    }
}
