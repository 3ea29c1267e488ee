public import CofferCrypto

/// One recipient of messages in the AWS Encryption SDK format: wraps their data keys, and unwraps its own.
public protocol MessageKey: Sendable {
    /// What errors call it. No secret.
    var name: String { get }

    /// A fresh data key. Without a way of its own, a random one is wrapped.
    func generate(byteCount: Int, context: EncryptionContext) async throws -> NewMessageKey

    /// `dataKey` for this recipient.
    func wrap(_ dataKey: borrowing SecretBytes, context: EncryptionContext) async throws -> EncryptedDataKey

    /// The data key inside `key`; nil where it is somebody else's or does not open. Throws where it is this recipient's
    /// and something else stands in the way: a disabled key, no permission, no network.
    func unwrap(_ key: EncryptedDataKey, context: EncryptionContext) async throws -> SecretBytes?
}

/// A fresh data key of a message, in the clear and encrypted for its first recipient.
public struct NewMessageKey: ~Copyable, Sendable {
    /// The key itself.
    public let plaintext: SecretBytes
    /// The same key, encrypted.
    public let encrypted: EncryptedDataKey

    /// Pairs a key with its encrypted form.
    public init(plaintext: consuming SecretBytes, encrypted: EncryptedDataKey) {
        self.plaintext = plaintext
        self.encrypted = encrypted
    }
}

extension MessageKey {
    /// A random data key, wrapped.
    public func generate(byteCount: Int, context: EncryptionContext) async throws -> NewMessageKey {
        let plaintext = Randomness.system.secret(count: byteCount)
        let encrypted = try await wrap(plaintext, context: context)
        return NewMessageKey(plaintext: plaintext, encrypted: encrypted)
    }
}
