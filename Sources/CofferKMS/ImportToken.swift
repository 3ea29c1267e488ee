import Coffer
import CofferCrypto

/// What goes along with key material that is imported: which key it is for, how it is wrapped, until when; and, sealed under the
/// root key, the private key that opens it. So the store keeps nothing of an import that may never come.
struct ImportToken {
    static let label = "coffer/import-token/1"
    /// Seconds that one is good for.
    static let lifetime: Int64 = 86400
    /// Of how many root keys before tokens are taken.
    static let rootLimit = 16
    /// More than any token has.
    static let byteLimit = 6144

    let key: KeyUUID
    let algorithm: WrappingAlgorithm
    let wrappingSpec: KeySpec
    let validTo: Int64

    /// The part that is not sealed, but authenticated.
    private var header: [UInt8] {
        var header = ByteWriter(Self.label)
        header.field(key.bytes)
        header.field(algorithm.rawValue.utf8)
        header.field(wrappingSpec.rawValue.utf8)
        header.number(validTo)
        return header.bytes
    }

    /// The bytes of the token: header ‖ nonce ‖ ciphertext ‖ tag.
    func bytes(_ pair: KeyPair, _ seal: StoreSeal, _ randomness: Randomness) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        return seal.importTokens.aead.seal(
            pair.pkcs8, nonce: nonce, additionalData: header, after: header + nonce)
    }

    /// Takes `bytes` apart, and gives the private key that goes with them; one of `keys` sealed it.
    static func open(_ bytes: [UInt8], _ keys: [ImportTokenKey]) throws(KeyError) -> (ImportToken, KeyPair) {
        guard bytes.count <= byteLimit else { throw .invalidImportToken }
        var reader = ByteReader(bytes)
        guard reader.field() == Array(label.utf8), let key = reader.field().flatMap({ KeyUUID(bytes: $0) }),
            let algorithm = reader.text().flatMap(WrappingAlgorithm.init),
            let spec = reader.text().flatMap(KeySpec.init), let kind = spec.pairKind, let validTo = reader.number()
        else { throw .invalidImportToken }
        let token = ImportToken(key: key, algorithm: algorithm, wrappingSpec: spec, validTo: validTo)
        let sealed = bytes[reader.position...]
        guard sealed.count > AEAD.nonceByteCount,
            let secret = token.secret(sealed, keys),
            let pair = try? KeyPair(kind, pkcs8: secret)
        else { throw .invalidImportToken }
        return (token, pair)
    }

    private func secret(_ sealed: ArraySlice<UInt8>, _ keys: [ImportTokenKey]) -> SecretBytes? {
        let (nonce, sealed) = (sealed.prefix(AEAD.nonceByteCount), sealed.dropFirst(AEAD.nonceByteCount))
        for key in keys {
            if let secret = key.aead.open(sealed, nonce: nonce, additionalData: header) { return secret }
        }
        return nil
    }
}

extension WrappingAlgorithm {
    /// The hash of RSA-OAEP in it.
    private var hash: OAEPHash {
        switch self {
        case .rsaOAEPSHA1, .rsaAESKeyWrapSHA1: .sha1
        case .rsaOAEPSHA256, .rsaAESKeyWrapSHA256: .sha256
        }
    }

    /// Whether material of any length can be wrapped so.
    var isForAnyLength: Bool { self == .rsaAESKeyWrapSHA1 || self == .rsaAESKeyWrapSHA256 }

    /// The material in `wrapped`. Whatever is wrong with it, the error is the same.
    func unwrap(_ wrapped: [UInt8], _ pair: KeyPair) throws(KeyError) -> SecretBytes {
        do {
            guard isForAnyLength else { return try pair.decrypt(wrapped, hash) }
            let count = pair.kind.modulusByteCount ?? 0
            guard wrapped.count > count else { throw KeyError.wrappedMaterialNotAuthentic }
            let kek = try pair.decrypt(Array(wrapped[..<count]), hash)
            guard kek.count == 32 else { throw KeyError.wrappedMaterialNotAuthentic }
            return try KeyWrap.unwrap(Array(wrapped[count...]), under: kek)
        } catch {
            throw .wrappedMaterialNotAuthentic
        }
    }
}

extension ByteReader {
    fileprivate mutating func text() -> String? { field().flatMap { String(validating: $0, as: UTF8.self) } }
}

extension KeyError {
    static var invalidImportToken: KeyError {
        KeyError(
            .invalidImportToken, "that is not an import token of this key and this key store",
            hint: "coffer keys import asks for new parameters; a token also ends with rotate-root --forget")
    }

    /// The one way in which wrapped material does not open.
    static var wrappedMaterialNotAuthentic: KeyError {
        KeyError(
            .notAuthentic, "the wrapped material does not open with the key that came with this token",
            hint: "wrap it with that public key and the algorithm that was asked for")
    }
}
