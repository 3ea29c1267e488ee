public import CofferCrypto

/// A fresh key for data, in the clear and wrapped.
public struct DataKey: ~Copyable, Sendable {
    /// The key itself.
    public let plaintext: SecretBytes
    /// The same key under its KEK.
    public let wrapped: WrappedKey

    /// Pairs a key with its wrapped form.
    public init(plaintext: consuming SecretBytes, wrapped: WrappedKey) {
        self.plaintext = plaintext
        self.wrapped = wrapped
    }
}
