/// The public half of a ``KeyPair``.
public final class PublicKey: Sendable {
    /// What kind of pair it is of.
    public let kind: KeyPair.Kind
    /// SubjectPublicKeyInfo (RFC 5280, 4.1) in DER.
    public let der: [UInt8]
    private let engine: EngineKey

    init(_ kind: KeyPair.Kind, _ engine: EngineKey) {
        (self.kind, self.engine, der) = (kind, engine, engine.publicKey)
    }

    /// A key from SubjectPublicKeyInfo in DER, with nothing behind it.
    public convenience init(_ kind: KeyPair.Kind, der: [UInt8]) throws(CryptoError) {
        guard let engine = EngineKey(publicKey: der), engine.isOf(kind) else {
            throw CryptoError(.invalidKey, "that is not a public key of the kind \(kind.rawValue) in DER")
        }
        self.init(kind, engine)
    }

    /// A key of a curve of NIST from its point, compressed or not (SEC 1, 2.3.3).
    public convenience init(_ kind: KeyPair.Kind, point: [UInt8]) throws(CryptoError) {
        guard [.p256, .p384, .p521].contains(kind), let engine = EngineKey(kind, point: point) else {
            throw CryptoError(.invalidKey, "that is not a point of the curve of \(kind.rawValue)")
        }
        self.init(kind, engine)
    }

    /// The point of a key of a curve of NIST, compressed (SEC 1, 2.3.3); nil for other keys.
    public var compressedPoint: [UInt8]? { engine.compressedPoint }

    /// Whether `signature` is one of `message`, or of the message with the digest `message`. A scheme of another kind of
    /// key, and a digest of the wrong length, are refused.
    public func isValid(
        _ signature: [UInt8], of message: [UInt8], isDigest: Bool = false, _ scheme: SignatureScheme
    ) throws(CryptoError) -> Bool {
        let digest = try scheme.prepare(message, isDigest: isDigest, kind)
        return engine.isValid(signature, of: digest, scheme)
    }

    /// A ciphertext of RSA-OAEP with an empty label. What is too long for the modulus is refused: ``maximumByteCount(_:)``.
    public func encrypt(_ plaintext: borrowing SecretBytes, _ hash: OAEPHash) throws(CryptoError) -> [UInt8] {
        guard let limit = maximumByteCount(hash), plaintext.count <= limit,
            let ciphertext = plaintext.withBytes({ engine.encrypt($0, hash) })
        else { throw CryptoError(.invalidArgument, "the plaintext is too long for this key") }
        return ciphertext
    }

    /// Bytes that fit into one ciphertext (RFC 8017, 7.1.1); nil for keys that don't encrypt.
    public func maximumByteCount(_ hash: OAEPHash) -> Int? { kind.modulusByteCount.map { $0 - 2 * hash.byteCount - 2 } }
}

/// The hash of RSA-OAEP, in it and in its mask generation function.
public enum OAEPHash: String, Hashable, Sendable {
    /// SHA-1: collisions of it are no danger here, but there is no reason to choose it.
    case sha1
    /// SHA-256.
    case sha256

    /// Bytes of a digest.
    var byteCount: Int { self == .sha1 ? 20 : 32 }
}
