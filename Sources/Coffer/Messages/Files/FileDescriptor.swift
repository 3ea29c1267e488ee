import CofferCrypto

#if canImport(Glibc)
    import Glibc
#endif

/// An open file, closed when it goes.
final class FileDescriptor: Sendable {
    let number: Int32
    private let isOwned: Bool

    init(_ number: Int32, isOwned: Bool = true) {
        self.number = number
        self.isOwned = isOwned
    }

    deinit { if isOwned { close(number) } }

    /// Appends what one call of `read` gives.
    func read(into output: inout OutputRawSpan, _ name: String) throws(MessageError) {
        guard output.freeCapacity > 0 else { return }
        var count = 0
        unsafe output.withUnsafeMutableBytes { buffer, used in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
            repeat {
                unsafe count = Glibc.read(number, free.baseAddress, free.count)
            } while count < 0 && errno == EINTR
            used += max(0, count)
        }
        guard count >= 0 else { throw Self.failure("read", name) }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: RawSpan, _ name: String) throws(MessageError) {
        var done = 0
        while done < bytes.byteCount {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(number, bytes.baseAddress! + done, bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", name) }
            done += count
        }
    }

    /// Writes all of `first` and then of `second`, in one call where the system takes them in one.
    @unsafe func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ name: String)
        throws(MessageError)
    {
        var done = 0
        let all = first.count + second.count
        while done < all {
            let here = min(done, first.count)
            var parts = unsafe [
                iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress.map { unsafe $0 + here }),
                    iov_len: first.count - here),
                iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress! + (done - here)),
                    iov_len: second.count - (done - here)),
            ]
            let count = unsafe writev(number, &parts, 2)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", name) }
            done += count
        }
    }

    /// Brings the names in `folder` to the disk.
    static func sync(folder: String, _ name: String) throws(MessageError) {
        let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw failure("write", name) }
        defer { close(number) }
        // A file system that can't bring a folder to the disk says EINVAL: then nobody can.
        guard fsync(number) == 0 || errno == EINVAL else { throw failure("write", name) }
    }

    func seek(to offset: Int, _ name: String) throws(MessageError) {
        guard lseek(number, off_t(offset), SEEK_SET) == off_t(offset) else { throw Self.failure("read", name) }
    }

    /// What `errno` says of a call that failed.
    static func failure(_ verb: String, _ name: String) -> MessageError {
        let reason =
            switch errno {
            case ENOENT, ENOTDIR: verb == "read" ? "it is not there" : "its folder is not there"
            case EACCES, EPERM, EROFS: "permission denied"
            case ENOSPC, EDQUOT: "no space left on the disk"
            case EISDIR: "it is a folder"
            case EFBIG: "it would be too large"
            case EPIPE: "nobody reads it"
            default: "the system refuses"
            }
        return MessageError(
            .unavailable, "can't \(verb) \(name): \(reason)",
            hint: errno == EISDIR ? "--recursive takes folders" : nil)
    }
}
