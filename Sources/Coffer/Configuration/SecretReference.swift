/// Where a secret is, never the secret: `env:NAME` or `file:PATH`. Resolved in the command and the server only.
public enum SecretReference: Hashable, Sendable, CustomStringConvertible {
    /// A variable of the environment.
    case environment(String)
    /// The first line of a file.
    case file(String)

    /// Parses a reference; nil if `text` is none.
    public init?(_ text: String) {
        if text.hasPrefix("env:") {
            let name = text.dropFirst(4)
            let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "=") }
            guard isName else { return nil }
            self = .environment(String(name))
        } else if text.hasPrefix("file:") {
            let path = text.dropFirst(5)
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
            self = .file(String(path))
        } else {
            return nil
        }
    }

    /// Parses the reference in `node`; `what` names the value in errors. A secret written out is refused, not quoted.
    public init(_ node: Node, _ what: String) throws(ConfigurationError) {
        guard let reference = SecretReference(try node.text(what)) else {
            throw ConfigurationError(
                "\(what) must say where the secret is, not what it is", line: node.line,
                hint: "write env:NAME or file:PATH")
        }
        self = reference
    }

    /// The reference as it is written.
    public var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        }
    }
}
