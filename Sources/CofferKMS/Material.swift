import Coffer
import CofferCrypto
import Synchronization

/// The material of one version of a key, out of its seal.
final class Material: Sendable {
    static let byteCount = 32
    private let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    /// The key and the commitment of one wrapped key (docs/specs/wrapped-key.md).
    func wrappingKey(salt: ArraySlice<UInt8>) -> (AEAD, commitment: [UInt8]) {
        let derived = KeyDerivation.hkdf(secret, salt: Array(salt), info: "coffer/wrap/1", count: 64)
        return derived.withBytes { bytes in
            (AEAD(SecretBytes(copying: bytes.extracting(..<32))), [UInt8](copying: bytes.extracting(32...)))
        }
    }

    /// HMAC-SHA-256 of `message`.
    func mac(_ message: [UInt8]) -> SecretBytes { unsafe HMAC(.sha256, key: secret).tag(message.span.bytes) }
}

extension KeyStore {
    /// The material of `version`, which is under `seal`; opened once and kept as long as the store is open.
    func material(of version: VersionRecord, _ seal: StoreSeal) throws(KeyError) -> Material {
        if let material = materials.withLock({ $0[version.material] }) { return material }
        let material = Material(try seal.open(version))
        materials.withLock { $0[version.material] = material }
        return material
    }
}
