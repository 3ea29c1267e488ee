/// An RSA key that wraps other keys (RFC 8017): a pair, or a public key that can only wrap.
public struct RSAWrappingKey: Sendable {
    /// How a key is padded. The hash of OAEP is that of its MGF1 too; its label is empty.
    public enum Padding: String, Sendable, CaseIterable {
        /// RSAES-PKCS1-v1_5, for readers of old. Whoever is told whether unwrapping failed can decrypt by asking often
        /// enough: not for a service.
        case pkcs1
        /// RSAES-OAEP with SHA-1.
        case oaepSHA1 = "oaep-sha1"
        /// RSAES-OAEP with SHA-256.
        case oaepSHA256 = "oaep-sha256"
        /// RSAES-OAEP with SHA-384.
        case oaepSHA384 = "oaep-sha384"
        /// RSAES-OAEP with SHA-512.
        case oaepSHA512 = "oaep-sha512"
    }

    private let state: RSAWrappingState

    /// The key in a PEM text: PKCS #8, PKCS #1 or a public key, without a password, 2048 to 8192 bits.
    public init(pem: borrowing SecretBytes) throws(CryptoError) {
        guard let state = pem.withBytes({ RSAWrappingState(pem: $0) }) else {
            throw CryptoError(.invalidKey, "the text holds no RSA key in PEM that opens without a password")
        }
        try self.init(state)
    }

    /// The key of these numbers, big-endian, 2048 to 8192 bits: modulus and public exponent, and for a pair also d, p, q,
    /// dp, dq and qi, which must fit together.
    public init(numbers: [[UInt8]]) throws(CryptoError) {
        guard numbers.allSatisfy({ $0.count <= 1024 }), let state = RSAWrappingState(numbers: numbers) else {
            throw CryptoError(.invalidKey, "these numbers are no RSA key")
        }
        try self.init(state)
    }

    private init(_ state: RSAWrappingState) throws(CryptoError) {
        guard (2048...8192).contains(state.bitCount) else {
            throw CryptoError(.invalidKey, "an RSA key has 2048 to 8192 bits, not \(state.bitCount)")
        }
        self.state = state
    }

    /// Whether it can unwrap.
    public var hasPrivateKey: Bool { state.hasPrivateKey }

    /// `plaintext`, encrypted: as many bytes as the modulus has.
    public func wrap(_ plaintext: borrowing SecretBytes, _ padding: Padding) throws(CryptoError) -> [UInt8] {
        var wrapped = [UInt8](repeating: 0, count: state.byteCount)
        let count = plaintext.withBytes { plaintext in
            unsafe wrapped.withUnsafeMutableBytes { target in
                unsafe state.encrypt(plaintext.buffer, padding, into: target.baseAddress!)
            }
        }
        guard count == wrapped.count else {
            throw CryptoError(.invalidArgument, "the key is longer than this RSA key and padding can wrap")
        }
        return wrapped
    }

    /// What was wrapped; nil where it does not open, or there is no private key.
    public func unwrap(_ wrapped: [UInt8], _ padding: Padding) -> SecretBytes? {
        guard hasPrivateKey, wrapped.count == state.byteCount else { return nil }
        var count: Int?
        let room = SecretBytes(count: wrapped.count) { (output: inout OutputRawSpan) in
            unsafe output.appendAlways(count: wrapped.count) { target in
                unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: wrapped.count)
                unsafe wrapped.withUnsafeBytes { unsafe count = state.decrypt($0, padding, into: target) }
            }
        }
        guard let count else { return nil }
        return room.withBytes { SecretBytes(copying: $0.extracting(first: count)) }
    }
}
