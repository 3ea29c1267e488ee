import CCryptoBoringSSL

/// Whether `count` bytes are the same, in time that depends on `count` alone.
@unsafe func bytesAreEqual(_ a: UnsafeRawPointer?, _ b: UnsafeRawPointer?, _ count: Int) -> Bool {
    unsafe CCryptoBoringSSL_CRYPTO_memcmp(a, b, count) == 0
}

/// Zeroes memory in a way that the compiler keeps.
@unsafe func wipe(_ start: UnsafeMutableRawPointer, _ count: Int) {
    unsafe CCryptoBoringSSL_OPENSSL_cleanse(start, count)
}

/// Fills `buffer` from the system's generator, which BoringSSL reseeds after a fork. It aborts rather than fail.
@unsafe func fillRandomly(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let start = buffer.baseAddress, buffer.count > 0 else { return }
    unsafe CCryptoBoringSSL_RAND_bytes(start.assumingMemoryBound(to: UInt8.self), buffer.count)
}
