import CofferCrypto

/// The algorithms of one message, by the number that the AWS Encryption SDK gives them.
public struct AlgorithmSuite: Hashable, Sendable, CustomStringConvertible {
    enum Derivation: Hashable, Sendable {
        /// The data key is the key.
        case identity
        case hkdf(HashFunction)
        /// A key and a commitment to it, which is in the header.
        case committing
    }

    /// How whole messages are signed.
    enum Signing: Hashable, Sendable {
        case p256, p384

        var hash: HashFunction { self == .p256 ? .sha256 : .sha384 }
    }

    /// The number: 0x0478.
    public let id: UInt16
    let formatVersion: UInt8
    /// Bytes of the data key, and of the key that comes from it.
    let keyByteCount: Int
    let derivation: Derivation
    let signing: Signing?

    /// AES-256-GCM with key commitment, unsigned: the default.
    public static let committing = AlgorithmSuite(id: 0x0478)!
    /// AES-256-GCM with key commitment, signed with ECDSA on P-384.
    public static let committingSigned = AlgorithmSuite(id: 0x0578)!

    /// The suite of this number, if there is one.
    public init?(id: UInt16) {
        self.id = id
        switch id {
        case 0x0014, 0x0046, 0x0078: (derivation, signing) = (.identity, nil)
        case 0x0114, 0x0146, 0x0178: (derivation, signing) = (.hkdf(.sha256), nil)
        case 0x0214: (derivation, signing) = (.hkdf(.sha256), .p256)
        case 0x0346, 0x0378: (derivation, signing) = (.hkdf(.sha384), .p384)
        case 0x0478: (derivation, signing) = (.committing, nil)
        case 0x0578: (derivation, signing) = (.committing, .p384)
        default: return nil
        }
        // The low byte is that of AES: 14 for 128 bits, 46 for 192, 78 for 256.
        keyByteCount = id & 0xff == 0x14 ? 16 : id & 0xff == 0x46 ? 24 : 32
        formatVersion = derivation == .committing ? 2 : 1
    }

    /// The suite as it is written: `0x0478`, `0x478` or `0478`.
    public init(_ text: String) throws(MessageError) {
        let digits = text.lowercased().hasPrefix("0x") ? text.dropFirst(2) : text[...]
        guard (1...4).contains(digits.utf8.count), let id = UInt16(digits, radix: 16),
            let suite = AlgorithmSuite(id: id)
        else {
            throw MessageError(
                .invalidArgument, "“\(text)” is no algorithm suite",
                hint: "one of \(Self.all.map(\.description).joined(separator: ", "))")
        }
        self = suite
    }

    /// All eleven.
    public static let all = [
        0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578,
    ].compactMap { AlgorithmSuite(id: $0) }

    /// Whether the message commits to its key, so that it opens under no other.
    public var isCommitting: Bool { derivation == .committing }
    /// Whether messages are signed.
    public var isSigned: Bool { signing != nil }

    var messageIDByteCount: Int { formatVersion == 2 ? 32 : 16 }
    var idBytes: [UInt8] { [UInt8(id >> 8), UInt8(id & 0xff)] }
    var cipher: AEAD.Algorithm { keyByteCount == 16 ? .aes128GCM : keyByteCount == 24 ? .aes192GCM : .aes256GCM }

    /// The number, as it is written.
    public var description: String {
        let digits = String(id, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The algorithms in words.
    public var algorithms: String {
        var words = "AES-\(keyByteCount * 8)-GCM"
        switch derivation {
        case .identity: break
        case .hkdf(let hash): words += ", HKDF-\(hash.rawValue.uppercased())"
        case .committing: words += ", HKDF-SHA512 with key commitment"
        }
        if let signing { words += signing == .p256 ? ", ECDSA P-256" : ", ECDSA P-384" }
        return words
    }
}

/// Which messages are made and opened, as to key commitment: without it, one message can be made to open under two keys
/// to two different texts.
public enum CommitmentPolicy: String, Sendable, CaseIterable {
    /// Only suites with commitment. The default.
    case require
    /// Made with commitment, opened with or without.
    case allow
    /// Made without, opened with or without: for readers that are too old for it.
    case forbid

    /// The suite for new messages.
    public func suite(isSigned: Bool) -> AlgorithmSuite {
        if self == .forbid { return AlgorithmSuite(id: isSigned ? 0x0378 : 0x0178)! }
        return isSigned ? .committingSigned : .committing
    }

    func checkSealing(_ suite: AlgorithmSuite) throws(MessageError) {
        guard suite.isCommitting == (self != .forbid) else {
            throw MessageError(
                .notAllowed,
                "suite \(suite) has \(suite.isCommitting ? "" : "no ")key commitment, and the policy is \(rawValue)",
                hint: suite.isCommitting
                    ? "--commitment require, or one of the suites 0x0178 and 0x0378"
                    : "--commitment forbid makes messages without, which a forged key can open to another text")
        }
    }

    func checkOpening(_ suite: AlgorithmSuite) throws(MessageError) {
        guard suite.isCommitting || self != .require else {
            throw MessageError(
                .notAllowed, "the message is of suite \(suite), which has no key commitment",
                hint: "--commitment allow opens it: do that for messages from before there was commitment")
        }
    }
}
