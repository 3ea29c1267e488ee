import Coffer
import CofferCrypto
import Dispatch

/// Key material that is not sealed yet: 32 bytes of AES, an HMAC key as long as its digest, a private key as PKCS#8 DER.
final class NewMaterial: Sendable {
    let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    /// Random bytes.
    static func make(of byteCount: Int, _ randomness: Randomness) -> NewMaterial {
        NewMaterial(randomness.secret(count: byteCount))
    }

    /// New material of any kind.
    static func make(_ spec: KeySpec, _ randomness: Randomness) async -> NewMaterial {
        if let count = spec.symmetricByteCount { return make(of: count, randomness) }
        guard let kind = spec.pairKind else { preconditionFailure("a key is symmetric or a pair") }
        return NewMaterial(await KeyFinder.pair(kind).pkcs8)
    }
}

/// Finds key pairs. RSA keys take up to some seconds, which no task that others wait for should spend: they are found on a
/// thread of its own, one after the other, so that asking for many keeps one core busy and not all.
enum KeyFinder {
    private static let queue = DispatchQueue(label: "coffer.keys.pairs")

    static func pair(_ kind: KeyPair.Kind) async -> KeyPair {
        guard kind.modulusByteCount != nil else { return KeyPair.generate(kind) }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: KeyPair.generate(kind)) }
        }
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

    /// The kind of key pair that it is.
    var pairKind: KeyPair.Kind? {
        switch self {
        case .rsa2048: .rsa2048
        case .rsa3072: .rsa3072
        case .rsa4096: .rsa4096
        case .eccNISTP256: .p256
        case .eccNISTP384: .p384
        case .eccNISTP521: .p521
        case .ed25519: .ed25519
        default: nil
        }
    }
}
