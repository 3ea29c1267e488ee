import Coffer
import CofferKMS

/// The text of a policy, from a file or standard input.
enum PolicyText {
    /// The content of the file at `path`, which must be a policy; of standard input where that is `-` or nothing.
    static func read(_ path: String?, _ kind: PolicyDocument.Kind) throws -> String {
        let text = try InputText.read(path, limit: KeyStore.policyByteLimit, what: "a policy in JSON")
        do {
            _ = try PolicyDocument(parsing: text, kind: kind)
        } catch {
            throw CommandError("that is not a policy: \(error.description)", hint: error.hint)
        }
        return text
    }
}
