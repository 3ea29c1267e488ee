import Coffer
import CofferKMS
import Glibc

/// The text of a policy, from a file or standard input.
enum PolicyText {
    /// The content of the file at `path`, which must be a policy; of standard input where that is `-` or nothing.
    static func read(_ path: String?, _ kind: PolicyDocument.Kind) throws -> String {
        let text = try read(path)
        do {
            _ = try PolicyDocument(parsing: text, kind: kind)
        } catch {
            throw CommandError("that is not a policy: \(error.description)", hint: error.hint)
        }
        return text
    }

    private static func read(_ path: String?) throws -> String {
        let limit = KeyStore.policyByteLimit
        var file = STDIN_FILENO
        if let path, path != "-" {
            file = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else {
                throw CommandError("\(path) can't be read", hint: "name a file with a policy in JSON")
            }
        }
        defer { if file != STDIN_FILENO { close(file) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: limit + 1)
        while bytes.count <= limit {
            let count = unsafe Glibc.read(file, &buffer, limit + 1)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else { throw CommandError("a policy has at most 32 KiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError("the policy is not UTF-8") }
        return text
    }
}
