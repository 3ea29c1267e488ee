import Coffer
public import CofferCrypto
import FoundationEssentials

/// What is in a backup.
public struct BackupSummary: Hashable, Sendable {
    /// How many keys.
    public let keys: Int
    /// How many versions of them.
    public let versions: Int
    /// The generation of the store that it holds.
    public let generation: Int64
    /// When it was made, in seconds since 1970.
    public let made: Int64
    /// The id of the root key that opens it, in hexadecimal.
    public let rootKey: String

    init(_ state: StoredState, made: Int64) {
        (keys, versions) = (state.tables.keys.rows.count, state.tables.versions.rows.count)
        (generation, self.made, rootKey) = (state.root.generation, made, Hexadecimal.encode(state.seal.rootID))
    }
}

extension KeyStore {
    /// Writes all of the store into a new file at `path`, encrypted: it opens with the root key of today and nothing else.
    public func backup(to path: String) async throws -> BackupSummary {
        let seen = current.state
        let (state, row) = try file.read { db in
            (try current.latest(db, source, since: seen), try SealRow.read(db))
        }
        let made = clock()
        let bytes = Backup.bytes(state, row, made: made, randomness: randomness)
        try PrivateFile.create(path, unsafe SecretBytes(copying: bytes.span.bytes), what: "the backup")
        return BackupSummary(state, made: made)
    }

    /// A drill: opens the backup at `path` in memory, verifies every row, opens all material, and has every version wrap
    /// and unwrap.
    public static func verifyBackup(
        _ path: String, seal: RootSeal, randomness: Randomness = .system
    ) throws -> BackupSummary {
        let backup = try read(path)
        let state = try backup.open(seal)
        for version in state.tables.versions.records {
            guard let key = state.tables.keys[version.id.key] else { throw KeyError.altered("a version has no key") }
            let material = try Material(version, state.tables.spec(of: key), state.seal)
            try material.tryOut(key, version, randomness)
        }
        for key in state.tables.keys.records
        where state.tables.versions.count(of: key.id) == 0 && !state.tables.isPendingImport(key) {
            throw KeyError.altered("a key has no version")
        }
        return BackupSummary(state, made: backup.made)
    }

    static func read(_ path: String) throws -> Backup {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw KeyError(.notFound, "there is no backup at \(path) that this user can read")
        }
        return try Backup([UInt8](content))
    }
}

extension Material {
    /// Has it do what it is for.
    fileprivate func tryOut(_ key: KeyRecord, _ version: VersionRecord, _ randomness: Randomness) throws(KeyError) {
        let works: Bool
        switch content {
        case .wrapping(let material):
            let plaintext = randomness.secret(count: 32)
            let wrapped = WrappedKeyFormat(
                plaintext, key: key.id, materialID: version.material, material: material, context: [:],
                randomness: randomness)
            works = try wrapped.open(material, context: [:]).isEqual(to: plaintext)
        case .mac(let hmac):
            works = hmac.bytes(of: []).count == hmac.function.byteCount
        case .pair(let pair):
            works = (try? pair.isWorking(for: key.usage)) ?? false
        }
        guard works else { throw KeyError.altered("key material does not work") }
    }
}

extension KeyPair {
    fileprivate func isWorking(for usage: KeyDescription.Usage) throws(CryptoError) -> Bool {
        guard usage == .signVerify else {
            let plaintext = SecretBytes(count: 32) { _ in }
            return try decrypt(publicKey.encrypt(plaintext, .sha256), .sha256).isEqual(to: plaintext)
        }
        let scheme: SignatureScheme =
            switch kind {
            case .rsa2048, .rsa3072, .rsa4096: .rsaPSS(.sha256)
            case .p256, .p384, .p521: .ecdsa(.sha256)
            case .ed25519: .ed25519
            }
        return try publicKey.isValid(sign([1], scheme), of: [1], scheme)
    }
}
