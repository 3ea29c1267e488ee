import CCryptoBoringSSL

/// An `EVP_AEAD_CTX`: the expanded key of an AEAD. It is read-only after `init`, so threads share it freely.
@safe final class AEADContext: @unchecked Sendable {
    private let context: UnsafeMutablePointer<EVP_AEAD_CTX>

    /// `key` has the length that the algorithm takes.
    init(_ algorithm: AEAD.Algorithm, key: RawSpan) {
        let cipher: OpaquePointer? =
            switch algorithm {
            case .aes256GCM: unsafe CCryptoBoringSSL_EVP_aead_aes_256_gcm()
            case .aes192GCM: unsafe CCryptoBoringSSL_EVP_aead_aes_192_gcm()
            case .aes128GCM: unsafe CCryptoBoringSSL_EVP_aead_aes_128_gcm()
            case .chaCha20Poly1305: unsafe CCryptoBoringSSL_EVP_aead_chacha20_poly1305()
            case .xChaCha20Poly1305: unsafe CCryptoBoringSSL_EVP_aead_xchacha20_poly1305()
            case .aes256GCMSIV: unsafe CCryptoBoringSSL_EVP_aead_aes_256_gcm_siv()
            case .aes128GCMSIV: unsafe CCryptoBoringSSL_EVP_aead_aes_128_gcm_siv()
            case .aes256EAX: unsafe CCryptoBoringSSL_EVP_aead_aes_256_eax()
            case .aes128EAX: unsafe CCryptoBoringSSL_EVP_aead_aes_128_eax()
            }
        let made = unsafe CCryptoBoringSSL_EVP_AEAD_CTX_new(cipher, key.start, key.byteCount, 0)
        guard let made = unsafe made else { fatalError("no memory for a cipher context") }
        unsafe context = made
    }

    deinit {
        unsafe CCryptoBoringSSL_EVP_AEAD_CTX_free(context)
    }

    @unsafe func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, additional: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        var written = 0
        let isSealed = unsafe CCryptoBoringSSL_EVP_AEAD_CTX_seal(
            context, target, &written, plaintext.count + AEAD.tagByteCount, nonce.baseAddress, nonce.count,
            plaintext.baseAddress, plaintext.count, additional.baseAddress, additional.count)
        if isSealed != 1 { CCryptoBoringSSL_ERR_clear_error() }
        return isSealed == 1
    }

    /// BoringSSL zeroes the target when the tag is wrong.
    @unsafe func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, additional: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        var written = 0
        let isOpen = unsafe CCryptoBoringSSL_EVP_AEAD_CTX_open(
            context, target, &written, sealed.count - AEAD.tagByteCount, nonce.baseAddress, nonce.count,
            sealed.baseAddress, sealed.count, additional.baseAddress, additional.count)
        if isOpen != 1 { CCryptoBoringSSL_ERR_clear_error() }
        return isOpen == 1
    }
}
