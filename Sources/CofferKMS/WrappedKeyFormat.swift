import Coffer
import CofferCrypto

/// The bytes of a wrapped key: version(1) ‖ key id(16) ‖ material id(16) ‖ salt(16) ‖ nonce(12) ‖ commitment(32) ‖
/// ciphertext ‖ tag(16). Key and commitment come from material and salt, so no KEK runs out of nonces, and a wrapped key
/// opens under one KEK only (docs/specs/wrapped-key.md).
struct WrappedKeyFormat {
    static let version: UInt8 = 1
    static let headerByteCount = 93
    static let plaintextByteCounts = 1...4096

    let bytes: [UInt8]
    var key: KeyUUID { KeyUUID(bytes: bytes[1..<17])! }
    var material: [UInt8] { Array(bytes[17..<33]) }

    /// Takes `bytes` apart; nil if they can't be a wrapped key.
    init?(_ bytes: [UInt8]) {
        let extra = Self.headerByteCount + AEAD.tagByteCount
        guard bytes.first == Self.version, Self.plaintextByteCounts.contains(bytes.count - extra) else { return nil }
        self.bytes = bytes
    }

    /// Wraps `plaintext`, whose length has been checked.
    init(
        _ plaintext: borrowing SecretBytes, key: KeyUUID, materialID: [UInt8], material: WrappingSecret,
        context: EncryptionContext, randomness: Randomness
    ) {
        let random = randomness.bytes(28)
        let (aead, commitment) = material.key(salt: random[..<16])
        let header = [Self.version] + key.bytes + materialID + random + commitment
        bytes = aead.seal(
            plaintext, nonce: Array(random[16...]), additionalData: header + context.canonicalBytes, after: header)
    }

    /// The key inside. Fails in one way, whatever is wrong.
    func open(_ material: WrappingSecret, context: EncryptionContext) throws(KeyError) -> SecretBytes {
        let (aead, commitment) = material.key(salt: bytes[33..<49])
        let header = Array(bytes[..<Self.headerByteCount])
        guard commitment.isEqual(inConstantTime: Array(header[61...])),
            let plaintext = aead.open(
                bytes[Self.headerByteCount...], nonce: header[49..<61],
                additionalData: header + context.canonicalBytes)
        else { throw .wrappedKeyNotAuthentic }
        return plaintext
    }
}

extension KeyError {
    /// The one way in which unwrapping fails.
    static var wrappedKeyNotAuthentic: KeyError {
        KeyError(.notAuthentic, "the wrapped key does not open with this key and context")
    }
}
