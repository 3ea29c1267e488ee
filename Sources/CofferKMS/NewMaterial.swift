import Coffer
import CofferCrypto

/// Key material that is not sealed yet: 32 bytes of AES, an HMAC key as long as its digest, a private key as PKCS#8 DER.
final class NewMaterial: Sendable {
    let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    /// Random bytes.
    static func make(of byteCount: Int, _ randomness: Randomness) -> NewMaterial {
        NewMaterial(randomness.secret(count: byteCount))
    }

    /// New material of any kind.
    static func make(_ spec: KeySpec, _ randomness: Randomness) async throws -> NewMaterial {
        if let count = spec.symmetricByteCount { return make(of: count, randomness) }
        throw KeyError(.unsupported, "keys of the kind \(spec.rawValue) are not there yet")
    }
}

extension KeySpec {
    /// Bytes of new material where it is random bytes: as many as the digest of an HMAC has (RFC 2104, 3).
    var symmetricByteCount: Int? {
        switch self {
        case .symmetricDefault, .hmac256: 32
        case .hmac224: 28
        case .hmac384: 48
        case .hmac512: 64
        default: nil
        }
    }
}
