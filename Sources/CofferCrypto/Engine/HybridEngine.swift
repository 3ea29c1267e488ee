import CCryptoBoringSSL

/// An expanded private key of X-Wing, on the heap and wiped when it goes. Read-only after `init`.
@safe final class HybridEngineKey: @unchecked Sendable {
    private let key: UnsafeMutablePointer<XWING_private_key>

    /// `seed` has 32 bytes.
    init?(seed: RawSpan) {
        unsafe key = .allocate(capacity: 1)
        unsafe key.initialize(to: XWING_private_key())
        var input = unsafe CBS(data: seed.start?.assumingMemoryBound(to: UInt8.self), len: seed.byteCount)
        guard unsafe CCryptoBoringSSL_XWING_parse_private_key(key, &input) == 1 else {
            CCryptoBoringSSL_ERR_clear_error()
            return nil
        }
    }

    deinit {
        unsafe wipe(key, MemoryLayout<XWING_private_key>.size)
        unsafe key.deallocate()
    }

    var publicKey: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: HybridKey.publicKeyByteCount)
        let isDone = unsafe CCryptoBoringSSL_XWING_public_from_private(&bytes, key)
        precondition(isDone == 1, "a key has a public key")
        return bytes
    }

    /// The secret that `encapsulated` holds, which has its right length; nil where nothing is secret with it.
    func secret(in encapsulated: [UInt8]) -> SecretBytes? {
        var isDone = false
        let secret = SecretBytes(count: 32) { output in
            unsafe output.appendAlways(count: 32) { target in
                isDone =
                    unsafe CCryptoBoringSSL_XWING_decap(
                        target.assumingMemoryBound(to: UInt8.self), encapsulated, key) == 1
            }
        }
        CCryptoBoringSSL_ERR_clear_error()
        guard isDone else { return nil }
        return secret
    }
}

/// A fresh secret; writes what tells it to the holder of `publicKey`, which has its right length. Nil where that is none.
func encapsulateHybrid(to publicKey: [UInt8], into encapsulated: inout [UInt8]) -> SecretBytes? {
    encapsulated = [UInt8](repeating: 0, count: HybridKey.encapsulatedByteCount)
    var isDone = false
    let secret = SecretBytes(count: 32) { output in
        unsafe output.appendAlways(count: 32) { target in
            isDone =
                unsafe CCryptoBoringSSL_XWING_encap(
                    &encapsulated, target.assumingMemoryBound(to: UInt8.self), publicKey) == 1
        }
    }
    CCryptoBoringSSL_ERR_clear_error()
    guard isDone else { return nil }
    return secret
}
