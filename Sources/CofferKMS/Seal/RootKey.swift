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
    let importTokens: ImportTokenKey
    private let accessKeys: AEAD
    private let backups: BackupKey

    init(_ root: RootKey, store: [UInt8]) {
        self.store = store
        rootID = root.id
        rows = HMAC(.sha256, key: root.subkey("coffer/store/1/rows", store: store))
        materials = AEAD(root.subkey("coffer/store/1/material", store: store))
        importTokens = ImportTokenKey(root.subkey("coffer/store/1/import-token", store: store))
        accessKeys = AEAD(root.subkey("coffer/store/1/access-key", store: store))
        backups = BackupKey(root.subkey("coffer/store/1/backup", store: store))
    }

    /// What seals one backup: `salt` is its own.
    func backup(salt: [UInt8]) -> AEAD { backups.aead(salt: salt) }

    /// nonce ‖ ciphertext ‖ tag of the material of `version`.
    func seal(
        _ material: borrowing SecretBytes, _ version: VersionRecord.ID, _ id: [UInt8], _ randomness: Randomness
    ) -> [UInt8] {
        Self.seal(material, materials, Self.context(version, id), randomness)
    }

    /// The material of `version`.
    func open(_ version: VersionRecord) throws(KeyError) -> SecretBytes {
        let context = Self.context(version.id, version.material)
        return try Self.open(version.sealed, materials, context, "key material")
    }

    /// nonce ‖ ciphertext ‖ tag of the secret of the access key `id`.
    func seal(_ secret: borrowing SecretBytes, ofAccessKey id: String, _ randomness: Randomness) -> [UInt8] {
        Self.seal(secret, accessKeys, Self.context(accessKey: id), randomness)
    }

    /// The secret of an access key that was not revoked.
    func open(_ accessKey: AccessKeyRecord) throws(KeyError) -> SecretBytes {
        try Self.open(
            accessKey.sealed, accessKeys, Self.context(accessKey: accessKey.id), "the secret of an access key")
    }

    /// nonce ‖ ciphertext ‖ tag of the digest of material that was imported into `key`.
    func seal(
        _ digest: borrowing SecretBytes, importedInto key: KeyUUID, _ id: [UInt8], _ randomness: Randomness
    ) -> [UInt8] {
        Self.seal(digest, materials, Self.context(key, id), randomness)
    }

    /// The digest of the material of `record`.
    func open(_ record: ImportRecord) throws(KeyError) -> SecretBytes {
        try Self.open(record.proof, materials, Self.context(record.id, record.material), "the proof of an import")
    }

    /// nonce ‖ ciphertext ‖ tag of the key of import tokens under the root key with the id `root`.
    func seal(_ key: ImportTokenKey, ofRoot root: [UInt8], _ randomness: Randomness) -> [UInt8] {
        Self.seal(key.secret, materials, Self.context(root: root), randomness)
    }

    /// The key of import tokens in `record`.
    func open(_ record: TokenKeyRecord) throws(KeyError) -> ImportTokenKey {
        let context = Self.context(root: record.id)
        return ImportTokenKey(try Self.open(record.sealed, materials, context, "a key of import tokens"))
    }

    private static func seal(
        _ secret: borrowing SecretBytes, _ aead: AEAD, _ context: [UInt8], _ randomness: Randomness
    ) -> [UInt8] {
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        return aead.seal(secret, nonce: nonce, additionalData: context, after: nonce)
    }

    private static func open(
        _ sealed: [UInt8], _ aead: AEAD, _ context: [UInt8], _ what: String
    ) throws(KeyError) -> SecretBytes {
        let nonceEnd = AEAD.nonceByteCount
        guard sealed.count > nonceEnd,
            let secret = aead.open(sealed[nonceEnd...], nonce: sealed[..<nonceEnd], additionalData: context)
        else { throw .altered("\(what) does not open") }
        return secret
    }

    private static func context(accessKey id: String) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/access-key")
        context.field(id.utf8)
        return context.bytes
    }

    private static func context(_ key: KeyUUID, _ id: [UInt8]) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/import")
        context.field(key.bytes)
        context.field(id)
        return context.bytes
    }

    private static func context(root id: [UInt8]) -> [UInt8] {
        var context = ByteWriter("coffer/store/1/token-key")
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

/// Seals the private keys in import tokens.
final class ImportTokenKey: Sendable {
    let aead: AEAD
    fileprivate let secret: SecretBytes

    init(_ secret: consuming SecretBytes) {
        aead = AEAD(secret)
        self.secret = secret
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
