/// AES in counter mode (NIST SP 800-38A), expanded once and used from any thread: only for formats that demand it.
///
/// It authenticates nothing: give no plaintext away before a MAC over the ciphertext has been verified. Two messages
/// under one key must never meet in a counter.
public final class AESCTR: Sendable {
    /// Bytes of a counter block.
    public static let counterByteCount = 16
    private let key: AESKey

    /// Expands a key of 16, 24 or 32 bytes.
    public init(key: borrowing SecretBytes) throws(CryptoError) {
        try checkAESKey(key)
        self.key = key.withBytes { AESKey($0) }
    }

    /// Appends as many bytes as `input` has: its ciphertext, or its plaintext. `counter` is the first counter block, which
    /// counts in all its 128 bits.
    public func apply(to input: RawSpan, counter: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        guard counter.byteCount == Self.counterByteCount else {
            throw CryptoError(.invalidNonce, "a counter block has 16 bytes, not \(counter.byteCount)")
        }
        let failure = CryptoError(.invalidArgument, "the message can't be sealed")
        unsafe try output.append(count: input.byteCount, orThrow: failure) { target in
            unsafe apply(to: input.buffer, counter: counter.start!, into: target)
            return true
        }
    }

    /// ``apply(to:counter:into:)`` for hot loops: `counter` points to 16 bytes, `target` has room for what `input` has.
    @unsafe package func apply(
        to input: UnsafeRawBufferPointer, counter: UnsafeRawPointer, into target: UnsafeMutableRawPointer
    ) {
        guard let start = input.baseAddress, input.count > 0 else { return }
        unsafe key.applyCounterMode(start, target, count: input.count, from: Block(loading: counter))
    }
}

/// Refuses what is no key of AES.
func checkAESKey(_ key: borrowing SecretBytes) throws(CryptoError) {
    guard [16, 24, 32].contains(key.count) else {
        throw CryptoError(.invalidKey, "a key of AES has 16, 24 or 32 bytes, not \(key.count)")
    }
}
