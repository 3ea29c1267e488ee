import CCryptoBoringSSL

/// X25519 (RFC 7748, 6.1). All pointers are to 32 bytes. False where the point is one of low order: nothing is shared.
@unsafe func agreeX25519(
    _ privateKey: UnsafeRawPointer, _ publicKey: UnsafeRawPointer, into target: UnsafeMutableRawPointer
) -> Bool {
    unsafe CCryptoBoringSSL_X25519(
        target.assumingMemoryBound(to: UInt8.self), privateKey.assumingMemoryBound(to: UInt8.self),
        publicKey.assumingMemoryBound(to: UInt8.self)) == 1
}

/// Writes the 32 bytes of the public key.
@unsafe func publicX25519(_ privateKey: UnsafeRawPointer, into target: UnsafeMutableRawPointer) {
    unsafe CCryptoBoringSSL_X25519_public_from_private(
        target.assumingMemoryBound(to: UInt8.self), privateKey.assumingMemoryBound(to: UInt8.self))
}
