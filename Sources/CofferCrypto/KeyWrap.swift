/// AES key wrap, with padding (RFC 5649) and without (RFC 3394): to interoperate with those who wrap keys so.
public enum KeyWrap {
    /// `key` wrapped under `kek`, which has 16, 24 or 32 bytes: 9 to 16 bytes more, a multiple of 8.
    public static func wrap(_ key: borrowing SecretBytes, under kek: borrowing SecretBytes) throws(CryptoError)
        -> [UInt8]
    {
        try checkAESKey(kek)
        guard (1...1 << 20).contains(key.count) else {
            throw CryptoError(.invalidArgument, "a key to be wrapped has 1 to 1048576 bytes")
        }
        let engine = kek.withBytes { AESKey($0) }
        return key.withBytes { engine.wrapPadded($0) }
    }

    /// The key inside `wrapped`. Whatever is wrong with it is ``CryptoError/Code/notAuthentic``.
    public static func unwrap(_ wrapped: [UInt8], under kek: borrowing SecretBytes) throws(CryptoError) -> SecretBytes {
        try checkAESKey(kek)
        let engine = kek.withBytes { AESKey($0, isForDecryption: true) }
        guard wrapped.count <= 1 << 20, let key = engine.unwrapPadded(wrapped) else { throw .notAuthentic }
        return key
    }

    /// `key`, of 16 bytes or more in whole eights, wrapped without padding: 8 bytes more.
    public static func wrapWhole(
        _ key: borrowing SecretBytes, under kek: borrowing SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        try checkAESKey(kek)
        guard (16...4096).contains(key.count), key.count.isMultiple(of: 8) else {
            throw CryptoError(.invalidArgument, "a key to be wrapped without padding has 16, 24, 32 … bytes")
        }
        let engine = kek.withBytes { AESKey($0) }
        return key.withBytes { engine.wrap($0) }
    }

    /// The key inside `wrapped`, which has no padding. Whatever is wrong with it is ``CryptoError/Code/notAuthentic``.
    public static func unwrapWhole(
        _ wrapped: [UInt8], under kek: borrowing SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        try checkAESKey(kek)
        let engine = kek.withBytes { AESKey($0, isForDecryption: true) }
        guard (24...4104).contains(wrapped.count), wrapped.count.isMultiple(of: 8), let key = engine.unwrap(wrapped)
        else { throw .notAuthentic }
        return key
    }
}
