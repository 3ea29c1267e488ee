/// A private key of X-Wing, which is ML-KEM-768 and X25519 together: secure while either of them is, against quantum
/// computers too.
///
/// What is sealed to it is one message of HPKE (RFC 9180, base mode) with HKDF-SHA256 and ChaCha20-Poly1305.
public final class HybridKey: Sendable {
    /// Bytes of a private key.
    public static let seedByteCount = 32
    /// Bytes of a public key.
    public static let publicKeyByteCount = 1216
    /// Bytes of the key that travels with a ciphertext.
    public static let encapsulatedByteCount = 1120

    private let engine: HybridEngineKey

    /// The key that comes of `seed`, any 32 bytes.
    public init(seed: borrowing SecretBytes) throws(CryptoError) {
        guard seed.count == Self.seedByteCount, let engine = seed.withBytes({ HybridEngineKey(seed: $0) }) else {
            throw CryptoError(.invalidKey, "a private key of X-Wing has 32 bytes, not \(seed.count)")
        }
        self.engine = engine
    }

    /// The public half.
    public var publicKey: [UInt8] { engine.publicKey }

    /// What was sealed; nil whatever is wrong.
    public func open(_ ciphertext: [UInt8], encapsulated: [UInt8], info: [UInt8]) -> SecretBytes? {
        guard encapsulated.count == Self.encapsulatedByteCount, ciphertext.count >= AEAD.tagByteCount,
            let secret = engine.secret(in: encapsulated)
        else { return nil }
        let keys = OneTimeKeys(secret, info)
        return try? SecretBytes(count: ciphertext.count - AEAD.tagByteCount) { (output) throws(CryptoError) in
            unsafe try keys.aead().open(
                ciphertext.span.bytes, nonce: keys.nonce.span.bytes, additionalData: RawSpan(), into: &output)
        }
    }

    /// `plaintext` for the holder of a public key: the key that travels with it, and the ciphertext, 16 bytes longer.
    public static func seal(
        _ plaintext: borrowing SecretBytes, to publicKey: [UInt8], info: [UInt8]
    ) throws(CryptoError) -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
        var encapsulated: [UInt8] = []
        guard publicKey.count == publicKeyByteCount,
            let secret = encapsulateHybrid(to: publicKey, into: &encapsulated)
        else { throw CryptoError(.invalidKey, "that is no public key of X-Wing") }
        let keys = OneTimeKeys(secret, info)
        let ciphertext = try plaintext.withBytes { (plaintext) throws(CryptoError) in
            try [UInt8](byteCapacity: plaintext.byteCount + AEAD.tagByteCount) { (output) throws(CryptoError) in
                unsafe try keys.aead().seal(
                    plaintext, nonce: keys.nonce.span.bytes, additionalData: RawSpan(), into: &output)
            }
        }
        return (encapsulated, ciphertext)
    }

    /// Key and nonce of the first message (RFC 9180, 5.1), which is the only one.
    private struct OneTimeKeys: ~Copyable {
        private let key: SecretBytes
        let nonce: [UInt8]

        /// KEM 0x647a, KDF 1, AEAD 3.
        private static let suite = Array("HPKE-v1HPKE".utf8) + [0x64, 0x7a, 0, 1, 0, 3]

        init(_ secret: borrowing SecretBytes, _ info: [UInt8]) {
            let nothing = SecretBytes(count: 0) { _ in }
            let hashes = Self.extract(nothing, "psk_id_hash", []).bytes + Self.extract(nothing, "info_hash", info).bytes
            let schedule = HMAC(.sha256, key: Self.extract(secret, "secret", []))
            key = Self.expand(schedule, "key", [0] + hashes, count: AEAD.keyByteCount)
            nonce = Self.expand(schedule, "base_nonce", [0] + hashes, count: AEAD.nonceByteCount).bytes
        }

        borrowing func aead() throws(CryptoError) -> AEAD { try AEAD(.chaCha20Poly1305, key: key) }

        private static func extract(_ salt: borrowing SecretBytes, _ label: String, _ material: [UInt8]) -> SecretBytes
        {
            let message = suite + Array(label.utf8) + material
            return unsafe HMAC(.sha256, key: salt).tag(message.span.bytes)
        }

        /// At most one digest.
        private static func expand(_ key: HMAC, _ label: String, _ info: [UInt8], count: Int) -> SecretBytes {
            let message = [0, UInt8(count)] + suite + Array(label.utf8) + info + [1]
            return unsafe key.tag(message.span.bytes).withBytes { SecretBytes(copying: $0.extracting(first: count)) }
        }
    }
}

extension SecretBytes {
    /// A copy that is not wiped, of bytes that are no secret.
    fileprivate var bytes: [UInt8] {
        withBytes { bytes in [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) } }
    }
}
