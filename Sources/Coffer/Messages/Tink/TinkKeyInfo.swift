/// What is known of one key in a keyset of Tink, its material apart.
public struct TinkKeyInfo: Hashable, Sendable {
    /// What may be done with a key.
    public enum Status: String, Sendable, CaseIterable {
        /// It seals, where it is the primary one, and opens.
        case enabled = "ENABLED"
        /// It does neither, until it is enabled.
        case disabled = "DISABLED"
        /// Its material is gone.
        case destroyed = "DESTROYED"
    }

    /// What stands in front of what a key makes, so that it is found again.
    public enum Prefix: String, Sendable, CaseIterable {
        /// `01` and the key's id.
        case tink = "TINK"
        /// `00` and the key's id; MACs are over one byte more, which is zero.
        case legacy = "LEGACY"
        /// Nothing.
        case raw = "RAW"
        /// `00` and the key's id.
        case crunchy = "CRUNCHY"
    }

    /// The key's number in its keyset.
    public let id: UInt32
    /// The kind of key: `type.googleapis.com/google.crypto.tink.AesGcmKey`.
    public let typeURL: String
    /// What may be done with it.
    public let status: Status
    /// What stands in front of what it makes.
    public let prefix: Prefix

    /// The kind of key without what all kinds begin with: `AesGcmKey`.
    public var typeName: String {
        typeURL.hasPrefix(TinkKeyType.start) ? String(typeURL.dropFirst(TinkKeyType.start.count)) : typeURL
    }

    /// The bytes in front of what it makes.
    var prefixBytes: [UInt8] {
        switch prefix {
        case .tink: [1] + id.bigEndianBytes
        case .legacy, .crunchy: [0] + id.bigEndianBytes
        case .raw: []
        }
    }
}

extension TinkKeyInfo.Status {
    /// By its number in protobuf.
    init?(number: UInt64) {
        guard (1...3).contains(number) else { return nil }
        self = Self.allCases[Int(number) - 1]
    }
}

extension TinkKeyInfo.Prefix {
    /// By its number in protobuf.
    init?(number: UInt64) {
        guard (1...4).contains(number) else { return nil }
        self = Self.allCases[Int(number) - 1]
    }
}
