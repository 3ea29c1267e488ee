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
    /// Signs a message of up to 4096 bytes, or its digest, with a signing key.
    public func sign(
        _ message: [UInt8], isDigest: Bool = false, under key: KeyID, algorithm: SigningAlgorithm
    ) async throws -> [UInt8] {
        throw KeyError(.unsupported, "signatures are not there yet")
    }

    /// Whether `signature` is one of the message or digest, by this key and algorithm.
    public func verify(
        _ signature: [UInt8], of message: [UInt8], isDigest: Bool = false, under key: KeyID,
        algorithm: SigningAlgorithm
    ) async throws -> Bool {
        throw KeyError(.unsupported, "signatures are not there yet")
    }

    /// The public key of an asymmetric key.
    public func publicKey(of key: KeyID) async throws -> PublicKeyDescription {
        throw KeyError(.unsupported, "signatures are not there yet")
    }

    /// A fresh key pair, whose private key is encrypted under the newest version of `key`, an AES key.
    public func generateDataKeyPair(
        _ spec: KeySpec, under key: KeyID, context: EncryptionContext = [:],
        as operation: KeyOperation = .generateDataKeyPair
    ) async throws -> DataKeyPair {
        throw KeyError(.unsupported, "signatures are not there yet")
    }
}
