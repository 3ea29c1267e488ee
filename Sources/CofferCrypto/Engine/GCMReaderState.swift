import CCryptoBoringSSL

/// An `EVP_CIPHER_CTX` that opens AES-GCM part by part. One thread at a time.
@safe final class GCMReaderState {
    private let context: UnsafeMutablePointer<EVP_CIPHER_CTX>

    /// `key` has 16, 24 or 32 bytes, `nonce` 12.
    init(key: RawSpan, nonce: RawSpan, additionalData: RawSpan) {
        let cipher: OpaquePointer? =
            switch key.byteCount {
            case 16: unsafe CCryptoBoringSSL_EVP_aes_128_gcm()
            case 24: unsafe CCryptoBoringSSL_EVP_aes_192_gcm()
            default: unsafe CCryptoBoringSSL_EVP_aes_256_gcm()
            }
        guard let made = unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_new() else { fatalError("no memory for a cipher") }
        unsafe context = made
        var written: Int32 = 0
        let isReady = unsafe CCryptoBoringSSL_EVP_DecryptInit_ex(
            context, cipher, nil, key.start?.assumingMemoryBound(to: UInt8.self),
            nonce.start?.assumingMemoryBound(to: UInt8.self))
        precondition(isReady == 1, "the cipher takes this key and nonce")
        let isBound = unsafe CCryptoBoringSSL_EVP_DecryptUpdate(
            context, nil, &written, additionalData.start?.assumingMemoryBound(to: UInt8.self),
            Int32(additionalData.byteCount))
        precondition(isBound == 1, "the cipher takes this additional data")
    }

    deinit { unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_free(context) }

    /// Writes as many bytes as `sealed` has. False when there are too many for the cipher.
    @unsafe func update(_ sealed: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Bool {
        var written: Int32 = 0
        let isDone = unsafe CCryptoBoringSSL_EVP_DecryptUpdate(
            context, target.assumingMemoryBound(to: UInt8.self), &written,
            sealed.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(sealed.count))
        if isDone != 1 { CCryptoBoringSSL_ERR_clear_error() }
        return isDone == 1
    }

    /// Whether all that was read is authentic. `tag` has 16 bytes.
    @unsafe func isAuthentic(_ tag: UnsafeRawBufferPointer) -> Bool {
        var written: Int32 = 0
        var tag = unsafe [UInt8](tag)
        let isTaken = unsafe tag.withUnsafeMutableBytes {
            unsafe CCryptoBoringSSL_EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, Int32($0.count), $0.baseAddress)
        }
        var rest = [UInt8](repeating: 0, count: 16)
        let isOpen = unsafe isTaken == 1 && CCryptoBoringSSL_EVP_DecryptFinal_ex(context, &rest, &written) == 1
        if !isOpen { CCryptoBoringSSL_ERR_clear_error() }
        return isOpen
    }
}
