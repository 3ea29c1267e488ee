public import Coffer

/// A second name of a key, which may be moved to another key: `alias/pii`.
///
/// Written as AWS has it: `alias/`, then letters, digits, `/`, `_` and `-`; at most 256 characters; not `alias/aws/…`.
public struct AliasName: Hashable, Sendable, CustomStringConvertible {
    /// The name with `alias/` in front.
    public let description: String

    /// Parses a name.
    public init(_ text: String) throws(KeyError) {
        let rest = text.utf8.dropFirst(6)
        guard text.hasPrefix("alias/"), !rest.isEmpty, text.utf8.count <= 256, rest.allSatisfy(Self.isAllowed) else {
            throw KeyError(
                .invalidName, "that is not an alias",
                hint: "write it as alias/NAME, with letters, digits, / _ and - in NAME")
        }
        guard !text.hasPrefix("alias/aws/") else {
            throw KeyError(.invalidName, "aliases that begin with alias/aws/ are reserved", hint: "choose another name")
        }
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
