import Coffer
import CofferCrypto
import Glibc

/// Key files, read straight into memory that is wiped.
enum SecretFile {
    /// The bytes of the file at `path`, at most `limit`. `mayBePublic` where others may read it by right.
    static func read(_ path: String, limit: Int, mayBePublic: Bool = false) throws -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandError("the key file \(path) can't be read", hint: "is it there, and may you read it?")
        }
        defer { close(file) }
        var status = stat()
        if unsafe fstat(file, &status) == 0 { try check(status, path, limit: limit, mayBePublic: mayBePublic) }
        var count = 0
        let whole = SecretBytes(count: limit + 1) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                while used < buffer.count {
                    let got = unsafe Glibc.read(file, buffer.baseAddress! + used, buffer.count - used)
                    guard got > 0 else { break }
                    used += got
                }
                count = used
            }
        }
        guard count > 0, count <= limit else {
            throw CommandError("the key file \(path) has \(count == 0 ? "nothing in it" : "more than \(limit) bytes")")
        }
        return whole.withBytes { SecretBytes(copying: $0.extracting(first: count)) }
    }
    /// Refuses a file in which others could put another secret, and says so where others may read it. Files that somebody
    /// else provides (a container's secrets) are theirs to protect; pipes have nothing to check.
    static func check(_ status: stat, _ path: String, limit: Int, mayBePublic: Bool = false) throws {
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        guard status.st_size <= limit else { throw CommandError("\(path) is too large to hold a secret") }
        guard status.st_mode & 0o022 == 0 else {
            throw CommandError("\(path) may be written by others than its owner", hint: "chmod 600 \(path)")
        }
        if !mayBePublic, status.st_uid == geteuid(), geteuid() != 0, status.st_mode & 0o044 != 0 {
            Terminal.say("\(path) holds a secret and may be read by others", hint: "chmod 600 \(path)")
        }
    }
}
