public import CofferCrypto

/// A key of a ``KeyManagementService`` as a recipient of messages: of the embedded store, or of AWS KMS.
public struct KMSMessageKey: MessageKey {
    /// The provider id of keys in the embedded store (docs/specs/messages.md).
    static let embeddedProvider = "coffer"
    static let awsProvider = "aws-kms"

    private let key: KeyID?
    private let service: any KeyManagementService

    /// A key by its name.
    public init(_ key: KeyID, in service: any KeyManagementService) {
        self.key = key
        self.service = service
    }

    /// Any key of the embedded store: for opening only.
    public init(anyIn service: any KeyManagementService) {
        key = nil
        self.service = service
    }

    /// The key's URI.
    public var name: String { key?.description ?? "any key of the embedded store" }

    /// A fresh data key from the service, in one call.
    public func generate(byteCount: Int, context: EncryptionContext) async throws -> NewMessageKey {
        let made = try await service.generateDataKey(under: try forSealing(), byteCount: byteCount, context: context)
        let encrypted = Self.encrypted(made.wrapped)
        return NewMessageKey(plaintext: made.plaintext.copy(), encrypted: encrypted)
    }

    /// `dataKey` under this key, bound to `context`.
    public func wrap(_ dataKey: borrowing SecretBytes, context: EncryptionContext) async throws -> EncryptedDataKey {
        Self.encrypted(try await service.wrap(dataKey, under: try forSealing(), context: context))
    }

    /// The data key, where it is under this key.
    public func unwrap(_ encrypted: EncryptedDataKey, context: EncryptionContext) async throws -> SecretBytes? {
        guard let wrapped = try await wrapped(encrypted) else { return nil }
        do {
            return try await service.unwrap(wrapped, context: context)
        } catch KeyError.Code.notAuthentic {
            return nil
        }
    }

    /// The one key of the service that `encrypted` is under, by its lasting name.
    public func owner(of encrypted: EncryptedDataKey) async throws -> (any MessageKey)? {
        guard let wrapped = try await wrapped(encrypted) else { return nil }
        return KMSMessageKey(wrapped.key, in: service)
    }

    /// Whether it is under the newest version.
    public func isCurrent(_ encrypted: EncryptedDataKey, context: EncryptionContext) async throws -> Bool {
        guard let wrapped = try await wrapped(encrypted) else { return false }
        return try await service.isCurrent(wrapped, context: context)
    }

    private func forSealing() throws(KeyError) -> KeyID {
        guard let key else { throw KeyError(.invalidArgument, "a message is encrypted under keys that are named") }
        return key
    }

    private static func encrypted(_ wrapped: WrappedKey) -> EncryptedDataKey {
        let isAWS = wrapped.key.scheme == awsProvider
        let name = isAWS ? wrapped.key.name : "\(wrapped.key.name)/\(wrapped.version)"
        return EncryptedDataKey(
            provider: isAWS ? awsProvider : embeddedProvider, information: Array(name.utf8), ciphertext: wrapped.bytes)
    }

    /// What the service is asked to unwrap; nil where it is not under this key.
    private func wrapped(_ encrypted: EncryptedDataKey) async throws -> WrappedKey? {
        if encrypted.provider == Self.embeddedProvider, key.map({ $0.scheme == "coffer" }) ?? true {
            guard let name = EmbeddedName(encrypted.information), let id = try? KeyID("coffer:\(name.key)") else {
                return nil
            }
            if let key, key != id, try await service.describe(key).key != id { return nil }
            return WrappedKey(key: id, version: name.version, bytes: encrypted.ciphertext)
        }
        if encrypted.provider == Self.awsProvider, let key, key.scheme == Self.awsProvider {
            guard let name = String(validating: encrypted.information, as: UTF8.self),
                let id = try? KeyID("\(Self.awsProvider)://\(name)")
            else { return nil }
            var own = key
            if own != id, !own.isMultiRegion { own = try await service.describe(key).key }
            guard own == id || own.isSameMultiRegionKey(as: id) else { return nil }
            // Asked by the caller's own name for it, never by what the message says.
            return WrappedKey(key: own, version: 1, bytes: encrypted.ciphertext)
        }
        return nil
    }

    /// What an encrypted key of the embedded store says of itself: `KEY-ID/VERSION`.
    struct EmbeddedName {
        let key: String
        let version: Int

        init?(_ information: [UInt8]) {
            guard let text = String(validating: information, as: UTF8.self), text.utf8.count <= 256,
                let slash = text.lastIndex(of: "/"), let version = Int(text[text.index(after: slash)...]), version > 0,
                slash > text.startIndex
            else { return nil }
            key = String(text[..<slash])
            self.version = version
        }
    }
}

extension KeyID {
    private var arnParts: [Substring] { name.split(separator: ":", omittingEmptySubsequences: false) }

    /// Whether it is the ARN of a multi-Region key of AWS KMS. Never true of an alias.
    var isMultiRegion: Bool { arnParts.count == 6 && arnParts[5].hasPrefix("key/mrk-") }

    /// Whether both are one multi-Region key, seen in two regions perhaps.
    func isSameMultiRegionKey(as other: KeyID) -> Bool {
        guard isMultiRegion, other.isMultiRegion, scheme == other.scheme else { return false }
        let (a, b) = (arnParts, other.arnParts)
        return [0, 1, 2, 4, 5].allSatisfy { a[$0] == b[$0] }
    }
}
