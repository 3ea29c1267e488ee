import CCryptoBoringSSL

/// AES in CBC mode with PKCS #7 padding, both ways.
enum CBCEngine {
    /// How many bytes were written; nil where the input is not whole blocks or its padding is wrong. `target` has room for
    /// the input and one block more.
    @unsafe static func run(
        _ input: UnsafeRawBufferPointer, key: RawSpan, iv: RawSpan, isSealing: Bool,
        into target: UnsafeMutableRawPointer
    ) -> Int? {
        guard let context = unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_new() else { fatalError("no memory for a cipher") }
        defer {
            unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_free(context)
            CCryptoBoringSSL_ERR_clear_error()
        }
        let cipher =
            unsafe key.byteCount == 16 ? CCryptoBoringSSL_EVP_aes_128_cbc() : CCryptoBoringSSL_EVP_aes_256_cbc()
        let target = unsafe target.assumingMemoryBound(to: UInt8.self)
        var (count, last): (Int32, Int32) = (0, 0)
        let isDone =
            unsafe CCryptoBoringSSL_EVP_CipherInit_ex(
                context, cipher, nil, key.start?.assumingMemoryBound(to: UInt8.self),
                iv.start?.assumingMemoryBound(to: UInt8.self), isSealing ? 1 : 0) == 1
            && CCryptoBoringSSL_EVP_CipherUpdate(
                context, target, &count, input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count))
                == 1
            && CCryptoBoringSSL_EVP_CipherFinal_ex(context, target + Int(count), &last) == 1
        return isDone ? Int(count + last) : nil
    }
}
