public import Coffer
public import CofferCrypto
import GRDB
import Glibc

extension KeyStore {
    /// What is made with a store.
    public struct FirstKey: Sendable {
        let usage: KeyDescription.Usage
        let alias: AliasName

        /// A key and its alias: for encryption or for MACs.
        public init(_ usage: KeyDescription.Usage, alias: AliasName) { (self.usage, self.alias) = (usage, alias) }
    }

    /// Makes a store in the folder `directory`, whole or not at all, and a root key if its file is not there yet. A store
    /// that is there is never touched.
    public static func create(
        at directory: String, seal: RootSeal, keys: [FirstKey] = [], randomness: Randomness = .system,
        clock: @escaping @Sendable () -> Int64 = { SystemClock.seconds }
    ) throws -> KeyStore {
        let path = "\(directory)/\(StoreFile.name)"
        guard !PrivateFile.exists(path) else {
            throw KeyError(
                .alreadyExists, "there is a key store in \(directory) already",
                hint: "use it, or set COFFER_HOME to another folder")
        }
        try PrivateFile.createFolder(directory)
        try PrivateFile.checkFolder(directory)
        let (root, row) = try makeRoot(seal, directory, randomness)
        let storeSeal = StoreSeal(root, store: randomness.bytes(16))
        try makeFile(in: directory) { db in
            try row.write(db)
            var edit = Edit(Tables(), seal: storeSeal)
            for key in keys {
                let new = NewKey(usage: key.usage, alias: key.alias)
                let material = NewMaterial.make(of: new.spec.symmetricByteCount ?? 32, randomness)
                _ = try edit.createKey(new, material, at: clock(), randomness: randomness)
            }
            _ = try edit.write(db, after: nil)
        }
        return try open(at: directory, seal: seal, randomness: randomness, clock: clock)
    }

    /// Makes the file of a store whole or not at all; `fill` puts rows into its tables.
    static func makeFile(in directory: String, _ fill: (Database) throws -> Void) throws {
        let path = "\(directory)/\(StoreFile.name)"
        try PrivateFile.createFolder(directory)
        try PrivateFile.checkFolder(directory)
        PrivateFile.removeLeftovers(of: path)
        let temporary = "\(path).new-\(getpid())"
        for suffix in ["", "-wal", "-shm"] { PrivateFile.remove(temporary + suffix) }
        defer { for suffix in ["", "-wal", "-shm"] { PrivateFile.remove(temporary + suffix) } }
        try PrivateFile.create(temporary, SecretBytes(count: 0) { _ in }, what: "the key store")
        let file = try StoreFile(temporary, isNew: true)
        try StoreFile.translating {
            try file.database.write { db in
                try Schema.create(db)
                try fill(db)
            }
            try file.database.close()
        }
        try PrivateFile.publish(temporary, as: path, what: "the key store")
    }

    /// The root key and what the store says of it.
    private static func makeRoot(
        _ seal: RootSeal, _ directory: String, _ randomness: Randomness
    ) throws -> (RootKey, SealRow) {
        if let path = seal.file {
            try PrivateFile.createFolder(PrivateFile.parent(of: path))
            try checkPlace(of: path, directory)
            let file = RootKeyFile(path: path)
            if !PrivateFile.exists(path) {
                try file.create(RootKey(randomness.secret(count: RootKey.byteCount)))
            }
            let root = try file.read(id: nil)
            return (root, .file(id: root.id))
        }
        if let key = seal.key {
            let (root, wrapped) = try key.takeFresh()
            return (root, .key(id: root.id, wrapped))
        }
        let root = RootKey(randomness.secret(count: RootKey.byteCount))
        if let token = seal.token { return (root, .token(id: root.id, try token.seal(root, randomness))) }
        guard let ask = seal.passphrase else { preconditionFailure("a seal is one of four") }
        return (root, .passphrase(id: root.id, try PassphraseSeal(root, passphrase: ask(), randomness: randomness)))
    }
}
