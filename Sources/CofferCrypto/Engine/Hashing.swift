import CCryptoBoringSSL

/// Writes the digest of `message`; `target` has room for it.
@unsafe func hashBytes(
    _ function: HashFunction, _ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer
) {
    let start = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let target = unsafe target.assumingMemoryBound(to: UInt8.self)
    switch function {
    case .sha1: _ = unsafe CCryptoBoringSSL_SHA1(start, message.count, target)
    case .sha224: _ = unsafe CCryptoBoringSSL_SHA224(start, message.count, target)
    case .sha256: _ = unsafe CCryptoBoringSSL_SHA256(start, message.count, target)
    case .sha384: _ = unsafe CCryptoBoringSSL_SHA384(start, message.count, target)
    case .sha512: _ = unsafe CCryptoBoringSSL_SHA512(start, message.count, target)
    }
}

/// Writes the SHA-256 of the byte `prefix` and then `message`; `target` has room for it.
@unsafe func hashBytes(
    _ prefix: UInt8, _ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer
) {
    var (state, prefix) = (SHA256_CTX(), prefix)
    unsafe CCryptoBoringSSL_SHA256_Init(&state)
    unsafe CCryptoBoringSSL_SHA256_Update(&state, &prefix, 1)
    unsafe CCryptoBoringSSL_SHA256_Update(&state, message.baseAddress, message.count)
    unsafe CCryptoBoringSSL_SHA256_Final(target.assumingMemoryBound(to: UInt8.self), &state)
}

extension HashFunction {
    /// The function as BoringSSL knows it.
    @unsafe var engine: OpaquePointer? {
        switch self {
        case .sha1: unsafe CCryptoBoringSSL_EVP_sha1()
        case .sha224: unsafe CCryptoBoringSSL_EVP_sha224()
        case .sha256: unsafe CCryptoBoringSSL_EVP_sha256()
        case .sha384: unsafe CCryptoBoringSSL_EVP_sha384()
        case .sha512: unsafe CCryptoBoringSSL_EVP_sha512()
        }
    }
}

/// HKDF (RFC 5869). False when `target` is longer than 255 digests.
@unsafe func deriveHKDF(
    _ function: HashFunction, key: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, info: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawPointer, count: Int
) -> Bool {
    let isDone = unsafe CCryptoBoringSSL_HKDF(
        target, count, function.engine, key.baseAddress, key.count, salt.baseAddress, salt.count, info.baseAddress,
        info.count)
    if isDone != 1 { CCryptoBoringSSL_ERR_clear_error() }
    return isDone == 1
}

/// scrypt (RFC 7914). False when a parameter is out of range or the memory is more than `limit` bytes.
@unsafe func deriveScrypt(
    _ password: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, n: UInt64, r: UInt64, p: UInt64, limit: Int,
    into target: UnsafeMutableRawPointer, count: Int
) -> Bool {
    let isDone = unsafe CCryptoBoringSSL_EVP_PBE_scrypt(
        password.baseAddress, password.count, salt.baseAddress, salt.count, n, r, p, limit, target, count)
    if isDone != 1 { CCryptoBoringSSL_ERR_clear_error() }
    return isDone == 1
}

/// PBKDF2 with HMAC (RFC 8018, 5.2). False without iterations.
@unsafe func derivePBKDF2(
    _ function: HashFunction, _ password: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, iterations: UInt32,
    into target: UnsafeMutableRawPointer, count: Int
) -> Bool {
    let isDone = unsafe CCryptoBoringSSL_PKCS5_PBKDF2_HMAC(
        password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count,
        salt.baseAddress?.assumingMemoryBound(to: UInt8.self), salt.count, iterations, function.engine, count,
        target.assumingMemoryBound(to: UInt8.self))
    if isDone != 1 { CCryptoBoringSSL_ERR_clear_error() }
    return isDone == 1
}
