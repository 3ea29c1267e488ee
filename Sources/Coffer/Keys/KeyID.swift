/// The name of a key encryption key (KEK), as a URI: `coffer:alias/pii`, `aws-kms://arn:…`.
///
/// A bare `alias/…`, key id or ARN of the embedded store stands for `coffer:…`.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    /// What holds the key: `coffer` for the embedded store.
    public let scheme: String
    /// What the holder calls it: `alias/pii`, an id, an ARN.
    public let name: String

    /// Parses a key URI or a bare name. At most 2048 characters, printable ASCII, no spaces.
    public init(_ text: String) throws(KeyError) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 2048, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw KeyError(.invalidName, "that is not a key name; write it as alias/NAME or coffer:alias/NAME")
        }
        if text.hasPrefix("coffer:") {
            (scheme, name) = ("coffer", String(text.dropFirst(7)))
        } else if let split = text.firstRange(of: "://") {
            (scheme, name) = (String(text[..<split.lowerBound]), String(text[split.upperBound...]))
        } else {
            (scheme, name) = ("coffer", text)
        }
        guard !scheme.isEmpty, !name.isEmpty, name != "alias/" else {
            throw KeyError(.invalidName, "“\(text)” is not a key name; write it as alias/NAME or coffer:alias/NAME")
        }
    }

    /// The name without what an ARN has in front: `alias/…` or an id, for keys of the embedded store. Account and region of
    /// an ARN are not looked at.
    public var localName: String {
        guard name.hasPrefix("arn:"), let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return name }
        let rest = name[name.utf8.index(after: colon)...]
        return String(rest.hasPrefix("key/") ? rest.dropFirst(4) : rest)
    }

    /// Whether it names the key by an alias, which may move to another key.
    public var isAlias: Bool { localName.hasPrefix("alias/") }

    /// The URI.
    public var description: String { scheme == "coffer" ? "coffer:\(name)" : "\(scheme)://\(name)" }
}
