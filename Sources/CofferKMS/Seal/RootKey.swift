import Coffer
import CofferCrypto

/// The key that everything in a store hangs on: 32 random bytes, kept outside the store.
final class RootKey: Sendable {
    static let byteCount = 32
    let secret: SecretBytes
    /// Eight bytes that name the key and tell nothing about it.
    let id: [UInt8]

    init(_ secret: consuming SecretBytes) {
        id = KeyDerivation.hkdf(secret, salt: [], info: "coffer/root/1/id", count: 8).withBytes { [UInt8](copying: $0) }
        self.secret = secret
    }

    /// A subkey for `purpose` in the store with the id `store`.
    func subkey(_ purpose: String, store: [UInt8]) -> SecretBytes {
        KeyDerivation.hkdf(secret, salt: store, info: purpose, count: 32)
    }

}

/// What the root key does in one store: seals material, makes and checks MACs.
struct StoreSeal: Sendable {
    let store: [UInt8]
    /// The id of the root key.
    let rootID: [UInt8]
    /// MACs of rows and of the root row.
    let rows: HMAC
    private let materials: AEAD
    /// Seals the private keys in import tokens.
    let importTokens: AEAD
    private let accessKeys: AEAD
    private let backups: BackupKey

    init(_ root: RootKey, store: [UInt8]) {
        self.store = store
        rootID = root.id
        rows = HMAC(.sha256, key: root.subkey("coffer/store/1/rows", store: store))
        materials = AEAD(root.subkey("coffer/store/1/material", store: store))
        importTokens = AEAD(root.subkey("coffer/store/1/import-token", store: store))
        accessKeys = AEAD(root.subkey("coffer/store/1/access-key", store: store))
        backups = BackupKey(root.subkey("coffer/store/1/backup", store: store))
    }

    /// What seals one backup: `salt` is its own.
    func backup(salt: [UInt8]) -> AEAD { backups.aead(salt: salt) }

    /// nonce ‖ ciphertext ‖ tag of the material of `version`.
    func seal(
        _ material: borrowing SecretBytes, _ version: VersionRecord.ID, _ id: [UInt8], _ randomness: Randomness
    ) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        return materials.seal(
            material, nonce: nonce, additionalData: Self.context(version, id), after: nonce)
    }

    /// The material of `version`.
    func open(_ version: VersionRecord) throws(KeyError) -> SecretBytes {
        let (sealed, nonceEnd) = (version.sealed, AEAD.nonceByteCount)
        guard sealed.count > nonceEnd,
            let material = materials.open(
                sealed[nonceEnd...], nonce: sealed[..<nonceEnd],
                additionalData: Self.context(version.id, version.material))
        else { throw .altered("key material does not open") }
        return material
    }

    /// nonce ‖ ciphertext ‖ tag of the secret of the access key `id`.
    func seal(_ secret: borrowing SecretBytes, ofAccessKey id: String, _ randomness: Randomness) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        return accessKeys.seal(secret, nonce: nonce, additionalData: Self.context(accessKey: id), after: nonce)
    }

    /// The secret of an access key that was not revoked.
    func open(_ accessKey: AccessKeyRecord) throws(KeyError) -> SecretBytes {
        let (sealed, nonceEnd) = (accessKey.sealed, AEAD.nonceByteCount)
        guard sealed.count > nonceEnd,
            let secret = accessKeys.open(
                sealed[nonceEnd...], nonce: sealed[..<nonceEnd], additionalData: Self.context(accessKey: accessKey.id))
        else { throw .altered("the secret of an access key does not open") }
        return secret
    }

    private static func context(accessKey id: String) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/access-key")
        context.field(id.utf8)
        return context.bytes
    }

    /// nonce ‖ ciphertext ‖ tag of the digest of material that was imported into `key`.
    func seal(
        _ digest: borrowing SecretBytes, importedInto key: KeyUUID, _ id: [UInt8], _ randomness: Randomness
    ) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        return materials.seal(digest, nonce: nonce, additionalData: Self.context(key, id), after: nonce)
    }

    /// The digest of the material of `record`.
    func open(_ record: ImportRecord) throws(KeyError) -> SecretBytes {
        let (sealed, nonceEnd) = (record.proof, AEAD.nonceByteCount)
        guard sealed.count > nonceEnd,
            let digest = materials.open(
                sealed[nonceEnd...], nonce: sealed[..<nonceEnd],
                additionalData: Self.context(record.id, record.material))
        else { throw .altered("the proof of an import does not open") }
        return digest
    }

    private static func context(_ key: KeyUUID, _ id: [UInt8]) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/import")
        context.field(key.bytes)
        context.field(id)
        return context.bytes
    }

    private static func context(_ version: VersionRecord.ID, _ id: [UInt8]) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/material")
        context.field(version.key.bytes)
        context.number(version.number)
        context.field(id)
        return context.bytes
    }
}

/// The key from which each backup gets one of its own.
private final class BackupKey: Sendable {
    private let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    func aead(salt: [UInt8]) -> AEAD {
        AEAD(KeyDerivation.hkdf(secret, salt: salt, info: "coffer/backup/1", count: 32))
    }
}
