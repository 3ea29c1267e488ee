import Coffer
import Glibc

/// The files of the log.
enum Files {
    /// The whole file; nil where there is none. More than `limit` bytes are a failure.
    static func read(_ path: String, limit: Int = 64 << 20) throws(FileFailure) -> [UInt8]? {
        try read(path, from: 0, limit: limit)?.bytes
    }

    /// What a file has behind `offset`, and its length; nil where there is none.
    static func read(
        _ path: String, from offset: Int, limit: Int
    ) throws(FileFailure) -> (bytes: [UInt8], count: Int)? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileFailure(number: errno, path: path)
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw FileFailure(number: errno, path: path) }
        let bytes = try read(file, from: offset, limit: limit, path)
        return (bytes, bytes.isEmpty ? Int(status.st_size) : offset + bytes.count)
    }

    /// What an open file has behind `offset`.
    static func read(_ file: Int32, from offset: Int, limit: Int, _ path: String) throws(FileFailure) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw FileFailure(number: errno, path: path) }
        let count = Int(status.st_size) - offset
        guard count > 0 else { return [] }
        guard count <= limit else { throw FileFailure(number: EFBIG, path: path) }
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while used < count {
                let got = unsafe pread(file, buffer.baseAddress! + used, count - used, off_t(offset + used))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                used += got
            }
        }
        guard failure == 0 else { throw FileFailure(number: failure, path: path) }
        return bytes
    }

    /// Writes all of `bytes` at `offset`.
    static func write(_ bytes: [UInt8], to file: Int32, at offset: Int, _ path: String) throws(FileFailure) {
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(file, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw FileFailure(number: written < 0 ? errno : ENOSPC, path: path) }
            done += written
        }
    }

    /// Puts a file in its place whole, in the place of one that is there. Readable by its owner's group at most where
    /// `mode` says so.
    static func replace(
        _ path: String, _ bytes: [UInt8], isSynced: Bool = false, mode: mode_t = 0o600
    ) throws(FileFailure) {
        let temporary = "\(path).new-\(getpid())"
        var file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        if file < 0, errno == ENOENT {
            try makeFolders(parent(of: path))
            file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        }
        guard file >= 0 else { throw FileFailure(number: errno, path: path) }
        do throws(FileFailure) {
            defer { close(file) }
            try write(bytes, to: file, at: 0, path)
            if isSynced, fdatasync(file) != 0 { throw FileFailure(number: errno, path: path) }
            guard unsafe rename(temporary, path) == 0 else { throw FileFailure(number: errno, path: path) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        if isSynced { try sync(parent(of: path)) }
    }

    /// Makes a file or folder durable; one that is not there is passed over.
    static func sync(_ path: String) throws(FileFailure) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw FileFailure(number: errno, path: path)
        }
        defer { close(file) }
        guard fsync(file) == 0 else { throw FileFailure(number: errno, path: path) }
    }

    /// Makes the folder, for its owner alone, and those above it.
    static func makeFolders(_ path: String) throws(FileFailure) {
        if exists(path) { return }
        let above = parent(of: path)
        if above != path { try makeFolders(above) }
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileFailure(number: errno, path: path) }
    }

    /// The names in a folder, sorted; none where there is no folder.
    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Makes a file of blocks that nobody else can have; none where that can't be.
    static func reserve(_ path: String, _ count: Int) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let failure = posix_fallocate(file, 0, off_t(count))
        close(file)
        if failure != 0 { remove(path) }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { unsafe unlink(path) }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Bytes that may still be written beside `path`; nil where that can't be told.
    static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
