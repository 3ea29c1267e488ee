/// Authenticated encryption with one key, expanded once and used from any thread.
///
/// A key of 32 bytes (16 or 24 for the smaller AES), a 12-byte nonce, a 16-byte tag. Two messages under one key must never share a nonce: with random
/// nonces, take a new key before 2^32 messages (NIST SP 800-38D, 8.3). Cost: one heap block for the expanded key; none
/// per message.
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

        /// Bytes of a key for it.
        public var keyByteCount: Int {
            switch self {
            case .aes256GCM, .chaCha20Poly1305: 32
            case .aes192GCM: 24
            case .aes128GCM: 16
            }
        }
    }

    /// Bytes of a key for AES-256 and ChaCha20.
    public static let keyByteCount = 32
    /// Bytes of a nonce.
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
        try Self.check(nonce)
        let failure = CryptoError(.invalidArgument, "the message is longer than this cipher can seal")
        unsafe try output.append(count: plaintext.byteCount + Self.tagByteCount, orThrow: failure) { target in
            unsafe seal(plaintext.buffer, nonce: nonce.start!, additionalData: additionalData.buffer, into: target)
        }
    }

    /// Appends the plaintext of ciphertext ‖ tag; appends nothing when they are not authentic.
    public func open(
        _ sealed: RawSpan, nonce: RawSpan, additionalData: RawSpan, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        try Self.check(nonce)
        guard sealed.byteCount >= Self.tagByteCount else { throw .notAuthentic }
        unsafe try output.append(count: sealed.byteCount - Self.tagByteCount, orThrow: .notAuthentic) { target in
            unsafe open(sealed.buffer, nonce: nonce.start!, additionalData: additionalData.buffer, into: target)
        }
    }

    private static func check(_ nonce: RawSpan) throws(CryptoError) {
        guard nonce.byteCount == nonceByteCount else {
            throw CryptoError(
                .invalidNonce, "a nonce for this cipher has \(nonceByteCount) bytes, not \(nonce.byteCount)")
        }
    }
}

extension AEAD {
    /// ``seal(_:nonce:additionalData:into:)`` for hot loops: `target` has room for 16 bytes more than `plaintext`, and
    /// `nonce` points to 12. False when the message is too long for the cipher.
    @unsafe package func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, additionalData: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        unsafe context.seal(plaintext, nonce: nonce, additional: additionalData, into: target)
    }

    /// ``open(_:nonce:additionalData:into:)`` for hot loops: `target` has room for 16 bytes less than `sealed`, and
    /// `nonce` points to 12. False, with `target` zeroed, when the message is not authentic.
    @unsafe package func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, additionalData: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawPointer
    ) -> Bool {
        guard sealed.count >= Self.tagByteCount else { return false }
        return unsafe context.open(sealed, nonce: nonce, additional: additionalData, into: target)
    }
}
