public import CofferCrypto

/// A keyset of Tink: keys that do the same thing, one of which, the primary, seals; all that are enabled open.
///
/// Keys are wiped with the keyset. A key that is disabled or destroyed is known by name only.
public final class TinkKeyset: Sendable {
    /// What the keys of a keyset do.
    public enum Purpose: String, Sendable {
        /// Seal messages that are held in memory.
        case aead = "AEAD"
        /// Seal equal messages to equal bytes; held in memory.
        case deterministicAEAD = "deterministic AEAD"
        /// Seal messages of any length.
        case streamingAEAD = "streaming AEAD"
        /// Authenticate.
        case mac = "MAC"
    }

    /// What one key does.
    enum Primitive: Sendable {
        case cipher(any TinkCipher)
        case remote(TinkServiceKey)
        case envelope(TinkEnvelope)
        case streaming(TinkStream)
        case mac(TinkMAC)
    }

    /// A key that is enabled.
    struct Key: Sendable {
        let info: TinkKeyInfo
        let primitive: Primitive
    }

    /// The keys, enabled or not, in the order of the keyset.
    public let keys: [TinkKeyInfo]
    /// What they do.
    public let purpose: Purpose
    let primary: Key
    private let enabled: [Key]
    private let portable: (spec: KeySpec, material: SharedSecret)?

    /// The id of the key that seals.
    public var primaryID: UInt32 { primary.info.id }

    /// A keyset in the clear, JSON or binary, of at most 1 MiB. `service` holds the keys of key services that it names.
    public convenience init(
        _ file: borrowing SecretBytes, service: (any KeyManagementService)? = nil
    ) throws(MessageError) {
        guard case .clear(let primary, let keys) = try TinkKeysetFile(file) else {
            throw .keyset("is encrypted", hint: "name the key that opens it: tink:PATH?kek=KEY")
        }
        try self.init(primary: primary, keys, service)
    }

    /// A keyset, in the clear or encrypted; one that is encrypted is opened with `kek`.
    public static func open(
        _ file: borrowing SecretBytes, with kek: any TinkKeyWrapper, associatedData: [UInt8] = [],
        service: (any KeyManagementService)? = nil
    ) async throws -> TinkKeyset {
        guard case .encrypted(let sealed, _, _) = try TinkKeysetFile(file) else {
            throw MessageError.keyset("is not encrypted: whoever reads the file has its keys")
        }
        guard let opened = try await kek.unwrap(sealed, associatedData: associatedData) else {
            throw MessageError(
                .noKey, "the key given does not open the Tink keyset, or it is bound to other associated data")
        }
        // What is inside is always in protobuf.
        return try TinkKeyset(opened, service: service)
    }

    /// The keys of a keyset in the clear or encrypted, without any key; what an encrypted one says is not verified.
    public static func describe(_ file: borrowing SecretBytes) throws(MessageError) -> Description {
        switch try TinkKeysetFile(file) {
        case .clear(let primary, let keys):
            return Description(isEncrypted: false, primaryID: primary, keys: keys.map(\.info))
        case .encrypted(_, let primary, let keys):
            return Description(isEncrypted: true, primaryID: primary, keys: keys)
        }
    }

    /// What a keyset says of itself.
    public struct Description: Sendable {
        /// Whether its keys are encrypted. Where they are not, whoever reads it has them.
        public let isEncrypted: Bool
        /// The id of the key that seals; 0 where it does not say.
        public let primaryID: UInt32
        /// Its keys.
        public let keys: [TinkKeyInfo]
    }

    /// What is no keyset in a file: Tink's KMS envelope AEAD under `kek`, with a new key of the kind `dataKey` for each message.
    public init(envelopeUnder kek: any TinkKeyWrapper, of dataKey: TinkDataKey = .aes256GCM) {
        let info = TinkKeyInfo(
            id: 1, typeURL: TinkKeyType.start + TinkKeyType.kmsEnvelopeAEAD.rawValue, status: .enabled, prefix: .raw)
        primary = Key(info: info, primitive: .envelope(TinkEnvelope(kek, dataKey)))
        (keys, purpose, enabled, portable) = ([info], .aead, [primary], nil)
    }

    private init(
        primary: UInt32, _ all: [TinkKeysetFile.Key], _ service: (any KeyManagementService)?
    ) throws(MessageError) {
        var enabled: [Key] = []
        var purpose: Purpose?
        for key in all where key.info.status == .enabled {
            let type = try TinkKeyType(url: key.info.typeURL)
            guard purpose ?? type.purpose == type.purpose else {
                throw .keyset("has keys that do different things: \(purpose!.rawValue) and \(type.purpose.rawValue)")
            }
            purpose = type.purpose
            enabled.append(Key(info: key.info, primitive: try type.primitive(key.material.secret, service)))
        }
        guard let purpose, let primary = enabled.first(where: { $0.info.id == primary }) else {
            throw .keyset("has no primary key that is enabled")
        }
        if let own = all.first(where: { $0.info.id == primary.info.id }) {
            portable = try TinkKeyType(url: own.info.typeURL).portable(own.material.secret)
        } else {
            portable = nil
        }
        (self.keys, self.purpose, self.primary, self.enabled) = (all.map(\.info), purpose, primary, enabled)
    }

    /// What kind of key of a key store the primary key could be; nil where it is none: only AES-256-GCM and HMAC are.
    public var portableSpec: KeySpec? { portable?.spec }

    /// The bytes of the primary key, where it could be a key of a key store.
    public func portableMaterial() -> SecretBytes? { portable?.material.secret.copy() }

    /// The keys that may have made `message`: those whose prefix it has, then those without one.
    func candidates(for message: [UInt8]) -> [Key] {
        let prefix = Array(message.prefix(5))
        return enabled.filter { $0.info.prefix != .raw && $0.info.prefixBytes == prefix }
            + enabled.filter { $0.info.prefix == .raw }
    }

    /// The keys of a streaming keyset with the primary first: nothing stands in front of what they make.
    var streams: [(info: TinkKeyInfo, stream: TinkStream)] {
        ([primary] + enabled.filter { $0.info.id != primaryID }).compactMap { key in
            guard case .streaming(let stream) = key.primitive else { return nil }
            return (key.info, stream)
        }
    }

    /// The error for a keyset that is used for what it is not for.
    func misuse(_ what: String) -> MessageError { .keyset("is for \(purpose.rawValue): it \(what)") }
}

extension TinkKeyType {
    var purpose: TinkKeyset.Purpose {
        switch self {
        case .aesSIV: .deterministicAEAD
        case .aesGCMHKDFStreaming, .aesCTRHMACStreaming: .streamingAEAD
        case .hmac, .aesCMAC: .mac
        default: .aead
        }
    }
}
