/// A private key with its public key: RSA, ECDSA on a curve of NIST, or Ed25519. Used from any thread.
///
/// An RSA signature costs 1 to 6 ms, one with ECDSA or Ed25519 20 to 300 µs. Finding an RSA key takes tenths of a second to
/// several seconds.
public final class KeyPair: Sendable {
    /// The kinds of key pairs.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// RSA with a modulus of so many bits (RFC 8017).
        case rsa2048
        /// The same.
        case rsa3072
        /// The same.
        case rsa4096
        /// A curve of NIST (SP 800-186).
        case p256
        /// The same.
        case p384
        /// The same.
        case p521
        /// Ed25519 (RFC 8032).
        case ed25519
    }

    /// What kind of pair it is.
    public let kind: Kind
    /// The public half.
    public let publicKey: PublicKey
    private let engine: EngineKey

    private init(_ kind: Kind, _ engine: EngineKey) {
        (self.kind, self.engine) = (kind, engine)
        publicKey = PublicKey(kind, engine)
    }

    /// A new pair. Its randomness is the system's, whatever a test may fix elsewhere. RSA keys have the exponent 65537.
    public static func generate(_ kind: Kind) -> KeyPair {
        guard let engine = EngineKey.generate(kind) else { fatalError("no memory for a key pair") }
        return KeyPair(kind, engine)
    }

    /// The pair of a private key in PKCS#8 (RFC 5958), DER, with nothing behind it. A key of another kind, one that is not
    /// consistent in itself, or in any other form is refused.
    public convenience init(_ kind: Kind, pkcs8: borrowing SecretBytes) throws(CryptoError) {
        let engine = pkcs8.withBytes { EngineKey(privateKey: $0) }
        guard let engine, engine.isOf(kind) else {
            throw CryptoError(.invalidKey, "that is not a private key of the kind \(kind.rawValue) in PKCS#8, DER")
        }
        self.init(kind, engine)
    }

    /// The private key in PKCS#8, DER.
    public var pkcs8: SecretBytes { engine.privateKey }

    /// The signature of `message`, or of the message with the digest `message`. A scheme of another kind of key, and a
    /// digest of the wrong length, are refused.
    public func sign(
        _ message: [UInt8], isDigest: Bool = false, _ scheme: SignatureScheme
    ) throws(CryptoError) -> [UInt8] {
        let digest = try scheme.prepare(message, isDigest: isDigest, kind)
        guard let signature = engine.sign(digest, scheme) else {
            throw CryptoError(.invalidKey, "the key can't sign this")
        }
        return signature
    }

    /// What is in a ciphertext of RSA-OAEP with an empty label. Whatever is wrong with it is ``CryptoError/Code/notAuthentic``.
    public func decrypt(_ ciphertext: [UInt8], _ hash: OAEPHash) throws(CryptoError) -> SecretBytes {
        guard kind.modulusByteCount == ciphertext.count, let plaintext = engine.decrypt(ciphertext, hash) else {
            throw .notAuthentic
        }
        return plaintext
    }
}

extension KeyPair.Kind {
    /// Bytes of an RSA modulus, and so of signatures and ciphertexts.
    public var modulusByteCount: Int? {
        switch self {
        case .rsa2048: 256
        case .rsa3072: 384
        case .rsa4096: 512
        case .p256, .p384, .p521, .ed25519: nil
        }
    }
}
