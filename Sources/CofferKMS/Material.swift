import Coffer
import CofferCrypto
import Synchronization

/// The material of one version of a key, out of its seal and ready for use.
final class Material: Sendable {
    /// What it is ready for.
    enum Content: Sendable {
        /// Wraps.
        case wrapping(WrappingSecret)
        /// Makes MACs.
        case mac(HMAC)
        /// Signs, or encrypts.
        case pair(KeyPair)
    }

    /// The lasting id, 64 hexadecimal digits.
    let id: String
    let content: Content

    /// The version whose material it is.
    let version: VersionRecord.ID

    /// The material of `version`, which is under `seal`, for a key of this kind.
    init(_ version: VersionRecord, _ spec: KeySpec, _ seal: StoreSeal) throws(KeyError) {
        let secret = try seal.open(version)
        (self.version, id) = (version.id, materialID(version.id.key, version.material))
        if let kind = spec.pairKind {
            guard let pair = try? KeyPair(kind, pkcs8: secret) else {
                throw .altered("key material is of another kind")
            }
            content = .pair(pair)
        } else if spec == .symmetricDefault {
            content = .wrapping(WrappingSecret(secret))
        } else {
            content = .mac(HMAC(spec.hmacFunction, key: secret))
        }
    }

    /// What wraps; nil in material of another kind, which no key for encryption by AES has.
    var wrapping: WrappingSecret? { if case .wrapping(let secret) = content { secret } else { nil } }

    /// What makes MACs.
    var mac: HMAC? { if case .mac(let hmac) = content { hmac } else { nil } }

    /// What signs, or encrypts.
    var pair: KeyPair? { if case .pair(let pair) = content { pair } else { nil } }
}

/// The material of an AES key.
final class WrappingSecret: Sendable {
    private let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    /// The key and the commitment of one wrapped key (docs/specs/wrapped-key.md).
    func key(salt: ArraySlice<UInt8>) -> (AEAD, commitment: [UInt8]) {
        let derived = KeyDerivation.hkdf(secret, salt: Array(salt), info: "coffer/wrap/1", count: 64)
        return derived.withBytes { bytes in
            (AEAD(SecretBytes(copying: bytes.extracting(..<32))), [UInt8](copying: bytes.extracting(32...)))
        }
    }
}

extension KeySpec {
    /// The hash of an HMAC key.
    var hmacFunction: HashFunction {
        switch self {
        case .hmac224: .sha224
        case .hmac384: .sha384
        case .hmac512: .sha512
        default: .sha256
        }
    }
}

extension KeyStore {
    /// The material of `version`, which is under `seal`; opened once and kept as long as the store is open.
    func material(of version: VersionRecord, _ spec: KeySpec, _ seal: StoreSeal) throws(KeyError) -> Material {
        if let material = materials.withLock({ $0[version.material] }) { return material }
        let material = try Material(version, spec, seal)
        materials.withLock { $0[version.material] = material }
        return material
    }
}
