public import CofferCrypto

/// An RSA key held by its user: the raw RSA keyring of the AWS Encryption SDK.
///
/// The public key alone encrypts. Unlike other recipients, the wrapped key itself is not bound to the encryption context;
/// the message's header is.
public struct RawRSAMessageKey: MessageKey {
    /// Whose key it is.
    public let namespace: String
    /// The key's name there.
    public let keyName: String
    private let key: RSAWrappingKey
    private let padding: RSAWrappingKey.Padding

    /// A key with its padding, which is agreed on: no message tells it.
    public init(
        namespace: String, name: String, key: RSAWrappingKey, padding: RSAWrappingKey.Padding
    ) throws(MessageError) {
        try checkRawNamespace(namespace)
        self.namespace = namespace
        keyName = name
        self.key = key
        self.padding = padding
    }

    /// `raw-rsa://NAMESPACE/NAME`.
    public var name: String { "raw-rsa://\(namespace)/\(keyName)" }

    /// `dataKey` under the public key.
    public func wrap(_ dataKey: borrowing SecretBytes, context: EncryptionContext) async throws -> EncryptedDataKey {
        EncryptedDataKey(
            provider: namespace, information: Array(keyName.utf8), ciphertext: try key.wrap(dataKey, padding))
    }

    /// The data key, where namespace, name and key are right.
    public func unwrap(_ encrypted: EncryptedDataKey, context: EncryptionContext) async throws -> SecretBytes? {
        guard names(encrypted) else { return nil }
        return key.unwrap(encrypted.ciphertext, padding)
    }

    /// This key, where namespace and name are its own.
    public func owner(of encrypted: EncryptedDataKey) async throws -> (any MessageKey)? {
        names(encrypted) ? self : nil
    }

    /// By the name alone: who has the public key can't see more.
    public func isCurrent(_ encrypted: EncryptedDataKey, context: EncryptionContext) async throws -> Bool {
        names(encrypted)
    }

    private func names(_ encrypted: EncryptedDataKey) -> Bool {
        encrypted.provider == namespace && encrypted.information == Array(keyName.utf8)
    }
}
