public import CofferCrypto

/// Whatever holds key encryption keys: the embedded store, a cloud's service, or a wrapper around another.
///
/// Context is bound in every operation that takes one. A failed unwrap is always ``KeyError/Code/notAuthentic``.
public protocol KeyManagementService: Sendable {
    /// A fresh data key of `byteCount` bytes (16…64) under the newest version of `key`.
    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey

    /// `plaintext` (1…4096 bytes) under the newest version of `key`.
    func wrap(_ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext) async throws
        -> WrappedKey

    /// The key inside `wrapped`, given the context it was wrapped with.
    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes

    /// HMAC-SHA-256 of `message` (at most 4096 bytes) under a MAC key.
    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes

    /// What may be known of `key`: its lasting id, what it is for, its versions.
    func describe(_ key: KeyID) async throws -> KeyDescription

    /// Whether wrapping anew would change nothing: `wrapped` is under the newest version of its key. No where the service
    /// doesn't say.
    func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool
}

extension KeyManagementService {
    /// Whether the version of `wrapped` is the newest one.
    public func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool {
        try await describe(wrapped.key).versions.last?.number == wrapped.version
    }
}
