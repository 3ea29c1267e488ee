import CCryptoBoringSSL

/// What BoringSSL makes of an Ed25519 seed: seed ‖ public key, on the heap and wiped when it goes. Read-only after `init`.
@safe final class Ed25519Key: @unchecked Sendable {
    private let expanded: UnsafeMutablePointer<UInt8>
    let publicKey: [UInt8]

    /// `seed` has 32 bytes.
    init(seed: RawSpan) {
        precondition(seed.byteCount == 32, "an Ed25519 seed has 32 bytes")
        unsafe expanded = .allocate(capacity: 64)
        let target = unsafe expanded
        publicKey = [UInt8](byteCapacity: 32) { output in
            unsafe output.appendAlways(count: 32) { start in
                unsafe CCryptoBoringSSL_ED25519_keypair_from_seed(
                    start.assumingMemoryBound(to: UInt8.self), target,
                    seed.start!.assumingMemoryBound(to: UInt8.self))
            }
        }
    }

    deinit {
        unsafe wipe(expanded, 64)
        unsafe expanded.deallocate()
    }

    /// Writes the 64 bytes of the signature. False only where there is no memory.
    @unsafe func sign(_ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Bool {
        let start = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return unsafe CCryptoBoringSSL_ED25519_sign(
            target.assumingMemoryBound(to: UInt8.self), start, message.count, expanded) == 1
    }
}

/// Whether `signature` (64 bytes) of `message` is by `publicKey` (32 bytes).
@unsafe func verifyEd25519(
    _ signature: UnsafeRawPointer, of message: UnsafeRawBufferPointer, by publicKey: UnsafeRawPointer
) -> Bool {
    let start = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let isValid = unsafe CCryptoBoringSSL_ED25519_verify(
        start, message.count, signature.assumingMemoryBound(to: UInt8.self),
        publicKey.assumingMemoryBound(to: UInt8.self))
    if isValid != 1 { CCryptoBoringSSL_ERR_clear_error() }
    return isValid == 1
}
