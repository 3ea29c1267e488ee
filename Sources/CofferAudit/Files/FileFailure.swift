import Coffer
import Glibc

/// A system call on a file of the log that failed.
struct FileFailure: Error {
    let number: Int32
    let path: String

    /// Whether there is no room left.
    var isFull: Bool { number == ENOSPC || number == EDQUOT }

    /// The same for whoever called.
    var error: AuditError {
        if isFull {
            return AuditError(
                .unavailable, "the disk of the audit log is full, so keys are not used",
                hint: "make room on the disk of \(path)")
        }
        let reason =
            switch number {
            case EACCES, EPERM: "no permission"
            case EROFS: "the file system is read-only"
            case ENOENT: "a folder on the way is missing"
            case EIO: "the disk failed"
            default: "error \(number)"
            }
        return AuditError(.unavailable, "the audit log can't use \(path): \(reason)")
    }
}
