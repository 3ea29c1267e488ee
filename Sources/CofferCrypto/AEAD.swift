/// Authenticated encryption with one key, expanded once and used from any thread.
///
/// A key of 32 bytes (16 or 24 for the smaller AES), a 12-byte nonce where the cipher has no other, a 16-byte tag. Two
/// messages under one key must never share a nonce: with random nonces of 12 bytes, take a new key before 2^32 messages
/// (NIST SP 800-38D, 8.3). Cost: one heap block for the expanded key; none per message.
public final class AEAD: Sendable {
    /// The ciphers.
    public enum Algorithm: String, Sendable {
        /// AES-256 in Galois/Counter Mode (NIST SP 800-38D).
        case aes256GCM
        /// AES-192 in Galois/Counter Mode, for formats that demand it.
        case aes192GCM
        /// AES-128 in Galois/Counter Mode, for formats that demand it.
        case aes128GCM
        /// ChaCha20 and Poly1305 (RFC 8439).
        case chaCha20Poly1305
        /// ChaCha20 with nonces of 24 bytes, and Poly1305 (draft-irtf-cfrg-xchacha).
        case xChaCha20Poly1305
        /// AES-256-GCM-SIV (RFC 8452): two messages with one nonce give away only whether they are equal.
        case aes256GCMSIV
        /// AES-128-GCM-SIV, for formats that demand it.
        case aes128GCMSIV
        /// AES-256 in EAX mode with nonces of 12 or 16 bytes, for formats that demand it.
        case aes256EAX
        /// AES-128 in EAX mode with nonces of 12 or 16 bytes, for formats that demand it.
        case aes128EAX

        /// Bytes of a key for it.
        public var keyByteCount: Int {
            switch self {
            case .aes256GCM, .chaCha20Poly1305, .xChaCha20Poly1305, .aes256GCMSIV, .aes256EAX: 32
            case .aes192GCM: 24
            case .aes128GCM, .aes128GCMSIV, .aes128EAX: 16
            }
        }

        /// How many bytes a nonce for it may have.
        public var nonceByteCounts: [Int] {
            switch self {
            case .xChaCha20Poly1305: [24]
            case .aes256EAX, .aes128EAX: [12, 16]
            default: [AEAD.nonceByteCount]
            }
        }
    }

    /// Bytes of a key for AES-256 and ChaCha20.
    public static let keyByteCount = 32
    /// Bytes of a nonce for AES-GCM and ChaCha20.
    public static let nonceByteCount = 12
    /// Bytes by which a sealed message is longer than its plaintext.
    public static let tagByteCount = 16

    /// The cipher.
    public let algorithm: Algorithm
    private let context: AEADContext

    /// Expands `key`, which must have as many bytes as the cipher takes.
    public init(_ algorithm: Algorithm, key: borrowing SecretBytes) throws(CryptoError) {
        guard key.count == algorithm.keyByteCount else {
            throw CryptoError(
                .invalidKey, "a key for this cipher has \(algorithm.keyByteCount) bytes, not \(key.count)")
        }
        self.algorithm = algorithm
        context = key.withBytes { AEADContext(algorithm, key: $0) }
    }

    /// Appends ciphertext ‖ tag, 16 bytes more than `plaintext`.
    public func seal(
        _ plaintext: RawSpan, nonce: RawSpan, additionalData: RawSpan, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        try check(nonce)
        let failure = CryptoError(.invalidArgument, "the message is longer than this cipher can seal")
        unsafe try output.append(count: plaintext.byteCount + Self.tagByteCount, orThrow: failure) { target in
            unsafe context.seal(plaintext.buffer, nonce: nonce.buffer, additional: additionalData.buffer, into: target)
        }
    }

    /// Appends the plaintext of ciphertext ‖ tag; appends nothing when they are not authentic.
    public func open(
        _ sealed: RawSpan, nonce: RawSpan, additionalData: RawSpan, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        try check(nonce)
        guard sealed.byteCount >= Self.tagByteCount else { throw .notAuthentic }
        unsafe try output.append(count: sealed.byteCount - Self.tagByteCount, orThrow: .notAuthentic) { target in
            unsafe context.open(sealed.buffer, nonce: nonce.buffer, additional: additionalData.buffer, into: target)
        }
    }

    private func check(_ nonce: RawSpan) throws(CryptoError) {
        let counts = algorithm.nonceByteCounts
        guard counts.contains(nonce.byteCount) else {
            let expected = counts.map { "\($0)" }.joined(separator: " or ")
            throw CryptoError(.invalidNonce, "a nonce for this cipher has \(expected) bytes, not \(nonce.byteCount)")
        }
    }
}

extension AEAD {
    /// ``seal(_:nonce:additionalData:into:)`` for hot loops: `target` has room for 16 bytes more than `plaintext`, and
    /// `nonce` points to 12, which the cipher takes. False when the message is too long for the cipher.
    @unsafe package func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, additionalData: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        let nonce = unsafe UnsafeRawBufferPointer(start: nonce, count: Self.nonceByteCount)
        return unsafe context.seal(plaintext, nonce: nonce, additional: additionalData, into: target)
    }

    /// ``open(_:nonce:additionalData:into:)`` for hot loops: `target` has room for 16 bytes less than `sealed`, and
    /// `nonce` points to 12, which the cipher takes. False, with `target` zeroed, when the message is not authentic.
    @unsafe package func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, additionalData: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        guard sealed.count >= Self.tagByteCount else { return false }
        let nonce = unsafe UnsafeRawBufferPointer(start: nonce, count: Self.nonceByteCount)
        return unsafe context.open(sealed, nonce: nonce, additional: additionalData, into: target)
    }
}
