import CCryptoBoringSSL

/// An `EVP_CIPHER_CTX` of AES in CBC or counter mode. One thread at a time.
@safe final class StreamEngine {
    private let context: UnsafeMutablePointer<EVP_CIPHER_CTX>

    /// `key` has 16, 24 or 32 bytes, `iv` 16.
    init(isCBC: Bool, key: RawSpan, iv: RawSpan, isSealing: Bool) {
        guard let made = unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_new() else { fatalError("no memory for a cipher") }
        unsafe context = made
        let isReady = unsafe CCryptoBoringSSL_EVP_CipherInit_ex(
            made, Self.cipher(isCBC, key.byteCount), nil, key.start?.assumingMemoryBound(to: UInt8.self),
            iv.start?.assumingMemoryBound(to: UInt8.self), isSealing ? 1 : 0)
        precondition(isReady == 1, "the cipher takes this key")
    }

    deinit { unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_free(context) }

    /// The cipher with a key of so many bytes.
    @unsafe static func cipher(_ isCBC: Bool, _ keyByteCount: Int) -> OpaquePointer? {
        switch (keyByteCount, isCBC) {
        case (16, true): unsafe CCryptoBoringSSL_EVP_aes_128_cbc()
        case (24, true): unsafe CCryptoBoringSSL_EVP_aes_192_cbc()
        case (_, true): unsafe CCryptoBoringSSL_EVP_aes_256_cbc()
        case (16, false): unsafe CCryptoBoringSSL_EVP_aes_128_ctr()
        case (24, false): unsafe CCryptoBoringSSL_EVP_aes_192_ctr()
        default: unsafe CCryptoBoringSSL_EVP_aes_256_ctr()
        }
    }

    /// How many bytes were written. `target` has room for one block more than the input.
    @unsafe func update(_ input: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int {
        var written: Int32 = 0
        let isDone = unsafe CCryptoBoringSSL_EVP_CipherUpdate(
            context, target.assumingMemoryBound(to: UInt8.self), &written,
            input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count))
        precondition(isDone == 1, "the cipher takes what is short enough")
        return Int(written)
    }

    /// How many bytes were written; nil where the end is no whole block or its padding is wrong.
    @unsafe func finish(into target: UnsafeMutableRawPointer) -> Int? {
        var written: Int32 = 0
        let isDone = unsafe CCryptoBoringSSL_EVP_CipherFinal_ex(
            context, target.assumingMemoryBound(to: UInt8.self), &written)
        if isDone != 1 { CCryptoBoringSSL_ERR_clear_error() }
        return isDone == 1 ? Int(written) : nil
    }
}

/// OpenSSL's own derivation of key and initialization vector from a passphrase, with one round: key ‖ IV. `salt` has 8
/// bytes; `target` has room for 16 bytes more than the key.
@unsafe func deriveOpenSSLKey(
    isMD5: Bool, _ password: UnsafeRawBufferPointer, salt: [UInt8], keyByteCount: Int,
    into target: UnsafeMutableRawPointer
) -> Bool {
    let key = unsafe target.assumingMemoryBound(to: UInt8.self)
    let digest = unsafe isMD5 ? CCryptoBoringSSL_EVP_md5() : CCryptoBoringSSL_EVP_sha256()
    let count = unsafe CCryptoBoringSSL_EVP_BytesToKey(
        StreamEngine.cipher(true, keyByteCount), digest, salt,
        password.baseAddress?.assumingMemoryBound(to: UInt8.self), password.count, 1, key, key + keyByteCount)
    return Int(count) == keyByteCount
}
