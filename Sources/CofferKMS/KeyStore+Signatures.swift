public import Coffer
public import CofferCrypto

/// The public half of a key pair.
public struct PublicKeyDescription: Hashable, Sendable {
    /// The key by its lasting id.
    public let key: KeyID
    /// What kind of key it is.
    public let spec: KeySpec
    /// What the pair is for.
    public let usage: KeyDescription.Usage
    /// SubjectPublicKeyInfo (RFC 5280) in DER.
    public let der: [UInt8]
}

/// A fresh key pair for data.
public struct DataKeyPair: ~Copyable, Sendable {
    /// The private key as PKCS#8 (RFC 5958) in DER.
    public let privateKey: SecretBytes
    /// The same, encrypted.
    public let wrapped: Ciphertext
    /// SubjectPublicKeyInfo in DER.
    public let publicDER: [UInt8]
    /// What kind of pair it is.
    public let spec: KeySpec
}

extension KeyStore {
    /// Signs a message of up to 4096 bytes, or one by its digest, with a signing key.
    public func sign(
        _ message: [UInt8], isDigest: Bool = false, under key: KeyID, algorithm: SigningAlgorithm
    ) async throws -> [UInt8] {
        try await tend()
        let use = try usable(key, for: .signVerify)
        let scheme = try use.scheme(algorithm, message, isDigest: isDigest)
        let pair = try use.pair
        let signature = try KeyError.translating { () throws(CryptoError) in
            try pair.sign(message, isDigest: isDigest, scheme)
        }
        noteUse(of: use.key.id, .sign)
        return signature
    }

    /// Whether `signature` is one of the message, or of one with this digest, by this key and algorithm.
    public func verify(
        _ signature: [UInt8], of message: [UInt8], isDigest: Bool = false, under key: KeyID,
        algorithm: SigningAlgorithm
    ) async throws -> Bool {
        try await tend()
        let use = try usable(key, for: .signVerify)
        let scheme = try use.scheme(algorithm, message, isDigest: isDigest)
        let pair = try use.pair
        let isValid = try KeyError.translating { () throws(CryptoError) in
            try pair.publicKey.isValid(signature, of: message, isDigest: isDigest, scheme)
        }
        noteUse(of: use.key.id, .verify)
        return isValid
    }

    /// The public key of an asymmetric key, which must be enabled.
    public func publicKey(of key: KeyID) async throws -> PublicKeyDescription {
        try await tend()
        let state = try state()
        let record = try state.tables.key(key)
        let spec = state.tables.spec(of: record)
        guard spec.isAsymmetric else {
            throw KeyError(
                .unsupported, "\(key.name) is of the kind \(spec.rawValue), and such keys have no public key",
                hint: "coffer keys create --spec RSA_2048 makes a key that has one")
        }
        let use = try usable(key, for: record.usage)
        return PublicKeyDescription(
            key: record.keyID, spec: spec, usage: record.usage, der: try use.pair.publicKey.der)
    }

    /// A fresh key pair, whose private key is encrypted under the newest version of `key`, an AES key.
    public func generateDataKeyPair(
        _ spec: KeySpec, under key: KeyID, context: EncryptionContext = [:],
        as operation: KeyOperation = .generateDataKeyPair
    ) async throws -> DataKeyPair {
        guard let kind = spec.pairKind else {
            throw KeyError(.invalidArgument, "a data key pair is of RSA, ECC_NIST or Ed25519, not \(spec.rawValue)")
        }
        try await tend()
        // Before the work of finding a key, which an RSA key is.
        try usable(key, for: .encryptDecrypt).check(.symmetricDefault)
        let pair = await KeyFinder.pair(kind)
        let privateKey = pair.pkcs8
        let wrapped = try await encrypt(privateKey, under: key, context: context, as: operation)
        return DataKeyPair(privateKey: privateKey, wrapped: wrapped, publicDER: pair.publicKey.der, spec: spec)
    }
}

extension UsableKey {
    /// How to sign; refuses a message that can't be signed so.
    fileprivate func scheme(
        _ algorithm: SigningAlgorithm, _ message: [UInt8], isDigest: Bool
    ) throws(KeyError) -> SignatureScheme {
        guard let scheme = algorithm.scheme else {
            throw KeyError(
                .unsupported, "\(algorithm.rawValue) is not supported",
                hint: "use ED25519_SHA_512, which signs the message itself")
        }
        try check(algorithm)
        guard isDigest else {
            guard (1...KeyStore.messageLimit).contains(message.count) else {
                throw KeyError(
                    .invalidArgument, "a message to be signed has 1 to 4096 bytes, not \(message.count)",
                    hint: "sign the digest of a longer one")
            }
            return scheme
        }
        guard scheme.hash != nil, message.count == algorithm.digestByteCount else {
            throw KeyError(.invalidArgument, "digest is invalid length for algorithm \(algorithm.rawValue)")
        }
        return scheme
    }
}

extension SigningAlgorithm {
    /// What CofferCrypto calls it; nil for what it can't do.
    var scheme: SignatureScheme? {
        switch self {
        case .rsaPSSSHA256: .rsaPSS(.sha256)
        case .rsaPSSSHA384: .rsaPSS(.sha384)
        case .rsaPSSSHA512: .rsaPSS(.sha512)
        case .rsaPKCS1SHA256: .rsaPKCS1(.sha256)
        case .rsaPKCS1SHA384: .rsaPKCS1(.sha384)
        case .rsaPKCS1SHA512: .rsaPKCS1(.sha512)
        case .ecdsaSHA256: .ecdsa(.sha256)
        case .ecdsaSHA384: .ecdsa(.sha384)
        case .ecdsaSHA512: .ecdsa(.sha512)
        case .ed25519SHA512: .ed25519
        case .ed25519phSHA512: nil
        }
    }
}

extension KeyError {
    /// What was checked before, so that nothing of this is expected.
    fileprivate static func translating<T>(_ body: () throws(CryptoError) -> T) throws(KeyError) -> T {
        do { return try body() } catch { throw KeyError(.invalidArgument, error.message) }
    }
}
