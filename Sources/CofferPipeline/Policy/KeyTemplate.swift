public import Coffer

/// A key's name, in which `{column}` stands for a row's value: `alias/tenant-{tenant_id}` is a key per tenant.
public struct KeyTemplate: Hashable, Sendable, CustomStringConvertible {
    /// As written.
    public let description: String
    /// The column whose value names the key; nil where all rows share one.
    public let column: String?
    private let prefix: String
    private let suffix: String

    /// Parses a key name with at most one `{column}`.
    public init(_ text: String) throws(KeyError) {
        description = text
        let parts = text.split(separator: "{", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw Self.malformed }
        if parts.count == 2 {
            let rest = parts[1].split(separator: "}", omittingEmptySubsequences: false)
            guard rest.count == 2, !rest[0].isEmpty else { throw Self.malformed }
            (prefix, column, suffix) = (String(parts[0]), String(rest[0]), String(rest[1]))
        } else {
            guard !text.contains("}") else { throw Self.malformed }
            (prefix, column, suffix) = (text, nil, "")
        }
        _ = try KeyID(prefix + (column == nil ? "" : "x") + suffix)
    }

    private static let malformed = KeyError(
        .invalidName, "a key name takes one column in braces", hint: "write it as alias/tenant-{tenant_id}")

    /// The key that all rows share; nil for one key per tenant.
    public var shared: KeyID? { column == nil ? try? KeyID(prefix) : nil }

    /// As `--key` would allow it: `alias/tenant-*` for a key per tenant.
    package var pattern: String { column == nil ? description : prefix + "*" }

    /// The key of the rows of `tenant`; nil where that is no name a key may be made of.
    func key(of tenant: String) -> KeyID? {
        guard Self.isTenant(tenant.utf8) else { return nil }
        return try? KeyID(prefix + tenant + suffix)
    }

    /// Whether `name` matches `[A-Za-z0-9_-]{1,64}`.
    static func isTenant(_ name: some Collection<UInt8>) -> Bool {
        guard (1...64).contains(name.count) else { return false }
        return name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }
}
