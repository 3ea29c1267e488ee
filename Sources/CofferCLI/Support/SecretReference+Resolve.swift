import Coffer
import FoundationEssentials

extension SecretReference {
    /// The secret itself: the variable, or the first line of the file (taken from `folder` where its path is relative).
    /// An error names the reference, never the secret.
    func resolve(relativeTo folder: String = "") throws -> String {
        switch self {
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
                throw CommandError("the environment has no \(name)", hint: "set \(name) to the secret")
            }
            return value
        case .file(let path):
            let path = path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
            guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20,
                let text = String(bytes: data, encoding: .utf8),
                let line = text.split(whereSeparator: \.isNewline).first
            else {
                throw CommandError(
                    "\(path) has no first line that can be read", hint: "put the secret on its first line")
            }
            return String(line)
        }
    }
}
