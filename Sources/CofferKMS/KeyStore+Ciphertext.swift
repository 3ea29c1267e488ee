public import Coffer

extension KeyStore {
    /// The key that a ciphertext says it is under, by its lasting id: whoever decrypts is asked about this one. Nil for what
    /// is no ciphertext of a store's AES key.
    public static func key(of ciphertext: [UInt8]) -> KeyID? { WrappedKeyFormat(ciphertext)?.key.keyID }
}
