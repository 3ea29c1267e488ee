import CCryptoBoringSSL

/// An expanded AES key, for encryption where nothing else is said, on the heap and wiped when it goes. Read-only after `init`.
@safe final class AESKey: @unchecked Sendable {
    private let key: UnsafeMutablePointer<AES_KEY>

    /// `bytes` are 16, 24 or 32.
    init(_ bytes: RawSpan, isForDecryption: Bool = false) {
        unsafe key = .allocate(capacity: 1)
        unsafe key.initialize(to: AES_KEY())
        let (start, bits) = unsafe (bytes.start, UInt32(bytes.byteCount * 8))
        let failure =
            unsafe isForDecryption
            ? CCryptoBoringSSL_AES_set_decrypt_key(start, bits, key)
            : CCryptoBoringSSL_AES_set_encrypt_key(start, bits, key)
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

extension AESKey {
    /// `bytes`, in whole eights, wrapped (RFC 3394).
    func wrap(_ bytes: RawSpan) -> [UInt8] {
        [UInt8](byteCapacity: bytes.byteCount + 8) { output in
            unsafe output.appendAlways(count: bytes.byteCount + 8) { target in
                let count = unsafe CCryptoBoringSSL_AES_wrap_key(
                    key, nil, target.assumingMemoryBound(to: UInt8.self),
                    bytes.start?.assumingMemoryBound(to: UInt8.self), bytes.byteCount)
                precondition(count == bytes.byteCount + 8, "what is wrapped has 16 bytes or more, in eights")
            }
        }
    }

    /// What is in `wrapped`; nil where it was not wrapped under this key, which must be one for decryption.
    func unwrap(_ wrapped: [UInt8]) -> SecretBytes? {
        var isDone = false
        let whole = SecretBytes(count: wrapped.count - 8) { output in
            unsafe output.appendAlways(count: wrapped.count - 8) { target in
                let count = unsafe CCryptoBoringSSL_AES_unwrap_key(
                    key, nil, target.assumingMemoryBound(to: UInt8.self), wrapped, wrapped.count)
                isDone = count == wrapped.count - 8
            }
        }
        if !isDone { CCryptoBoringSSL_ERR_clear_error() }
        guard isDone else { return nil }
        return whole
    }
}

extension AESKey {
    /// `bytes`, 1 and more of them, wrapped (RFC 5649).
    func wrapPadded(_ bytes: RawSpan) -> [UInt8] {
        [UInt8](byteCapacity: bytes.byteCount + 15) { output in
            var count = 0
            unsafe output.withUnsafeMutableBytes { buffer, used in
                let target = unsafe buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
                let source = unsafe bytes.start?.assumingMemoryBound(to: UInt8.self)
                let isDone = unsafe CCryptoBoringSSL_AES_wrap_key_padded(
                    key, target, &count, buffer.count, source, bytes.byteCount)
                precondition(isDone == 1, "what is wrapped has a length")
                used = count
            }
        }
    }

    /// What is in `wrapped`; nil where it was not wrapped under this key, which must be one for decryption.
    func unwrapPadded(_ wrapped: [UInt8]) -> SecretBytes? {
        var count = 0
        var isDone: Int32 = 0
        let whole = SecretBytes(count: wrapped.count) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                guard let target = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
                isDone = unsafe CCryptoBoringSSL_AES_unwrap_key_padded(
                    key, target, &count, buffer.count, wrapped, wrapped.count)
                used = buffer.count
            }
        }
        guard isDone == 1 else {
            CCryptoBoringSSL_ERR_clear_error()
            return nil
        }
        return whole.withBytes { SecretBytes(copying: $0.extracting(..<count)) }
    }
}
