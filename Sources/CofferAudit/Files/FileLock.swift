import Glibc

/// A lock between processes (`flock(2)`): the system gives it back when its holder ends, however that is.
@safe final class FileLock: Sendable {
    private let file: Int32
    private let path: String

    /// The lock of the file at `path`, which is made where it is not there. It may be opened for reading alone.
    init(_ path: String) throws(FileFailure) {
        var file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if file < 0, errno == EACCES || errno == EROFS { file = unsafe open(path, O_RDONLY | O_CLOEXEC) }
        guard file >= 0 else { throw FileFailure(number: errno, path: path) }
        (self.file, self.path) = (file, path)
    }

    deinit { close(file) }

    /// Takes the lock, waiting for it.
    func take(shared: Bool = false) throws(FileFailure) {
        while flock(file, shared ? LOCK_SH : LOCK_EX) != 0 {
            guard errno == EINTR else { throw FileFailure(number: errno, path: path) }
        }
    }

    /// Takes the lock if nobody has it.
    func tryToTake() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }

    /// Gives it back.
    func release() { flock(file, LOCK_UN) }
}
