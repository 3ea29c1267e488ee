import CCryptoBoringSSL

/// An `EVP_PKEY` of an RSA key: a pair, or the public half of one.
@safe final class RSAWrappingState: @unchecked Sendable {
    private let key: OpaquePointer
    let hasPrivateKey: Bool

    /// Nil where `pem` holds no RSA key that can be read without a password.
    init?(pem: RawSpan) {
        var found = unsafe Self.read(pem) {
            unsafe CCryptoBoringSSL_PEM_read_bio_PrivateKey($0, nil, Self.noPassword, nil)
        }
        hasPrivateKey = unsafe found != nil
        if unsafe found == nil {
            unsafe found = unsafe Self.read(pem) {
                unsafe CCryptoBoringSSL_PEM_read_bio_PUBKEY($0, nil, Self.noPassword, nil)
            }
        }
        CCryptoBoringSSL_ERR_clear_error()
        guard let found = unsafe found else { return nil }
        guard unsafe CCryptoBoringSSL_EVP_PKEY_id(found) == EVP_PKEY_RSA else {
            unsafe CCryptoBoringSSL_EVP_PKEY_free(found)
            return nil
        }
        unsafe key = found
    }

    /// A key of its numbers: modulus and exponent, and for a pair also d, p, q, dp, dq and qi (RFC 8017, 3.2). Nil where
    /// they are no key.
    init?(numbers: [[UInt8]]) {
        let made = unsafe numbers.map { unsafe CCryptoBoringSSL_BN_bin2bn($0, $0.count, nil) }
        defer { unsafe made.forEach { unsafe CCryptoBoringSSL_BN_clear_free($0) } }
        hasPrivateKey = numbers.count == 8
        let rsa =
            switch numbers.count {
            case 2: unsafe CCryptoBoringSSL_RSA_new_public_key(made[0], made[1])
            case 8:
                unsafe CCryptoBoringSSL_RSA_new_private_key(
                    made[0], made[1], made[2], made[3], made[4], made[5], made[6], made[7])
            default: unsafe CCryptoBoringSSL_RSA_new()
            }
        guard let rsa = unsafe rsa else {
            CCryptoBoringSSL_ERR_clear_error()
            return nil
        }
        defer { unsafe CCryptoBoringSSL_RSA_free(rsa) }
        guard let found = unsafe CCryptoBoringSSL_EVP_PKEY_new() else { fatalError("no memory for a key") }
        guard numbers.count == 2 || numbers.count == 8, unsafe CCryptoBoringSSL_EVP_PKEY_set1_RSA(found, rsa) == 1
        else {
            unsafe CCryptoBoringSSL_EVP_PKEY_free(found)
            return nil
        }
        unsafe key = found
    }

    deinit { unsafe CCryptoBoringSSL_EVP_PKEY_free(key) }

    /// Bits of the modulus.
    var bitCount: Int { unsafe Int(CCryptoBoringSSL_EVP_PKEY_bits(key)) }
    /// Bytes of what is encrypted.
    var byteCount: Int { (bitCount + 7) / 8 }

    /// How many bytes were written; nil where the plaintext is too long. `target` has room for ``byteCount``.
    @unsafe func encrypt(
        _ plaintext: UnsafeRawBufferPointer, _ padding: RSAWrappingKey.Padding, into target: UnsafeMutableRawPointer
    ) -> Int? {
        unsafe run(
            plaintext, padding, into: target, CCryptoBoringSSL_EVP_PKEY_encrypt_init, CCryptoBoringSSL_EVP_PKEY_encrypt)
    }

    /// How many bytes were written; nil where the ciphertext does not open. `target` has room for ``byteCount``.
    @unsafe func decrypt(
        _ ciphertext: UnsafeRawBufferPointer, _ padding: RSAWrappingKey.Padding, into target: UnsafeMutableRawPointer
    ) -> Int? {
        unsafe run(
            ciphertext, padding, into: target, CCryptoBoringSSL_EVP_PKEY_decrypt_init, CCryptoBoringSSL_EVP_PKEY_decrypt
        )
    }

    @unsafe private func run(
        _ input: UnsafeRawBufferPointer, _ padding: RSAWrappingKey.Padding, into target: UnsafeMutableRawPointer,
        _ start: (OpaquePointer?) -> Int32,
        _ work: (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?, UnsafePointer<UInt8>?, Int
        ) -> Int32
    ) -> Int? {
        guard let context = unsafe CCryptoBoringSSL_EVP_PKEY_CTX_new(key, nil) else {
            fatalError("no memory for a key")
        }
        defer {
            unsafe CCryptoBoringSSL_EVP_PKEY_CTX_free(context)
            CCryptoBoringSSL_ERR_clear_error()
        }
        guard unsafe start(context) == 1, unsafe Self.set(padding, context) else { return nil }
        var count = byteCount
        let isDone = unsafe work(
            context, target.assumingMemoryBound(to: UInt8.self), &count,
            input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
        return isDone == 1 ? count : nil
    }

    @unsafe private static func set(_ padding: RSAWrappingKey.Padding, _ context: OpaquePointer) -> Bool {
        let digest: OpaquePointer? =
            switch padding {
            case .pkcs1: nil
            case .oaepSHA1: unsafe CCryptoBoringSSL_EVP_sha1()
            case .oaepSHA256: unsafe CCryptoBoringSSL_EVP_sha256()
            case .oaepSHA384: unsafe CCryptoBoringSSL_EVP_sha384()
            case .oaepSHA512: unsafe CCryptoBoringSSL_EVP_sha512()
            }
        guard let digest = unsafe digest else {
            return unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        }
        return unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
            && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) == 1
            && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
    }

    @unsafe private static func read(
        _ pem: RawSpan, _ body: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        guard let text = unsafe CCryptoBoringSSL_BIO_new_mem_buf(pem.start, pem.byteCount) else { return nil }
        defer { unsafe CCryptoBoringSSL_BIO_free(text) }
        return unsafe body(text)
    }

    /// Nobody is asked.
    private static let noPassword:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = { _, _, _, _ in
            -1
        }
}
