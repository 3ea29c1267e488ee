import CCryptoBoringSSL

/// An expanded AES encryption key, on the heap and wiped when it goes. Read-only after `init`.
@safe final class AESKey: @unchecked Sendable {
    private let key: UnsafeMutablePointer<AES_KEY>

    /// `bytes` are 16, 24 or 32.
    init(_ bytes: RawSpan) {
        unsafe key = .allocate(capacity: 1)
        unsafe key.initialize(to: AES_KEY())
        let failure = unsafe CCryptoBoringSSL_AES_set_encrypt_key(bytes.start, UInt32(bytes.byteCount * 8), key)
        precondition(failure == 0, "an AES key has 16, 24 or 32 bytes")
    }

    deinit {
        unsafe wipe(key, MemoryLayout<AES_KEY>.size)
        unsafe key.deallocate()
    }

    /// The block encrypted.
    @inline(__always)
    func encrypt(_ block: Block) -> Block {
        var block = block
        unsafe withUnsafeMutableBytes(of: &block) { bytes in
            unsafe CCryptoBoringSSL_AES_encrypt(bytes.baseAddress!, bytes.baseAddress!, key)
        }
        return block
    }

    /// Counter mode over `count` bytes from the counter block `start`, which counts in all its 128 bits.
    @unsafe func applyCounterMode(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, count: Int, from start: Block
    ) {
        var counter = start
        var stream = Block()
        var used: UInt32 = 0
        unsafe withUnsafeMutableBytes(of: &counter) { counter in
            unsafe withUnsafeMutableBytes(of: &stream) { stream in
                unsafe CCryptoBoringSSL_AES_ctr128_encrypt(
                    source, target, count, key, counter.baseAddress!, stream.baseAddress!, &used)
            }
        }
    }
}
