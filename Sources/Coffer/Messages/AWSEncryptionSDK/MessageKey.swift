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

    /// Who wraps anew what `key` wraps: this recipient, or the one key of a service that it is under. Nil where `key` is
    /// somebody else's. Told by the name alone.
    func owner(of key: EncryptedDataKey) async throws -> (any MessageKey)?

    /// Whether wrapping `key`, which is this recipient's, anew would change nothing.
    func isCurrent(_ key: EncryptedDataKey, context: EncryptionContext) async throws -> Bool
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

    /// Whether it opens: a key without versions has been replaced by another of its name where it does not.
    public func isCurrent(_ key: EncryptedDataKey, context: EncryptionContext) async throws -> Bool {
        guard let opened = try await unwrap(key, context: context) else { return false }
        return opened.count > 0
    }
}
