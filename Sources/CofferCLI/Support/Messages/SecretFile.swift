import Coffer
import CofferCrypto
import Glibc

/// Key files, read straight into memory that is wiped.
enum SecretFile {
    static func read(_ path: String, limit: Int) throws -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandError("the key file \(path) can't be read", hint: "is it there, and may you read it?")
        }
        defer { close(file) }
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
}
