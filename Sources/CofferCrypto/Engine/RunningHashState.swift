import CCryptoBoringSSL

/// An `EVP_MD_CTX`: a digest that is not finished. One thread at a time.
@safe final class RunningHashState {
    private let context: UnsafeMutablePointer<EVP_MD_CTX>

    init(_ function: HashFunction) {
        guard let made = unsafe CCryptoBoringSSL_EVP_MD_CTX_new() else { fatalError("no memory for a digest") }
        unsafe context = made
        guard unsafe CCryptoBoringSSL_EVP_DigestInit_ex(context, function.engine, nil) == 1 else {
            fatalError("no memory for a digest")
        }
    }

    deinit { unsafe CCryptoBoringSSL_EVP_MD_CTX_free(context) }

    @unsafe func update(_ bytes: UnsafeRawBufferPointer) {
        _ = unsafe CCryptoBoringSSL_EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// Writes the digest; `target` has room for it. Nothing may follow.
    @unsafe func finish(into target: UnsafeMutableRawPointer) {
        _ = unsafe CCryptoBoringSSL_EVP_DigestFinal_ex(context, target.assumingMemoryBound(to: UInt8.self), nil)
    }
}
