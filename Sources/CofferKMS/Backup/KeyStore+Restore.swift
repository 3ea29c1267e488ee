import Coffer
public import CofferCrypto
import GRDB

/// What came of a restore.
public struct Restoration: Sendable {
    /// The store that is open now.
    public let store: KeyStore
    /// What was in the backup.
    public let backup: BackupSummary
    /// The keys that the backup had, but that were destroyed since, or whose waiting period is over.
    public let destroyed: [DestroyedKey]
    /// Whether a store was there that told which keys were destroyed since.
    public let isKnowingDestructions: Bool
}

extension KeyStore {
    /// Puts the store in the folder `directory` back to what the backup at `path` holds, whole or not at all. Keys that were
    /// destroyed since stay destroyed, and deletions that were asked for since stay so, as far as a store is there to tell.
    /// Such a store is replaced only if `isForced`, and only by a backup of its own.
    public static func restore(
        _ path: String, at directory: String, seal: RootSeal, isForced: Bool = false, randomness: Randomness = .system,
        clock: @escaping @Sendable () -> Int64 = { SystemClock.seconds }
    ) throws -> Restoration {
        let backup = try read(path)
        let state = try backup.open(seal)
        let summary = BackupSummary(state, made: backup.made)
        guard PrivateFile.exists("\(directory)/\(StoreFile.name)") else {
            try make(backup, state, at: directory, seal, randomness)
            let store = try open(at: directory, seal: seal, randomness: randomness, clock: clock)
            return Restoration(
                store: store, backup: summary, destroyed: store.destroyedAtOpen, isKnowingDestructions: false)
        }
        let store: KeyStore
        do {
            store = try open(at: directory, seal: seal, randomness: randomness, clock: clock)
        } catch KeyError.Code.storeRefused {
            throw KeyError(
                .storeRefused, "there is a key store in \(directory) that does not open",
                hint: "move keys.db and its journals away; destructions since the backup are not known then")
        }
        let destroyed = try store.replace(by: state, isForced: isForced)
        return Restoration(
            store: store, backup: summary, destroyed: store.destroyedAtOpen + destroyed, isKnowingDestructions: true)
    }

    /// A new file, one generation after the backup. What was not on the record then is dropped: it was for the store that
    /// the backup was made of to record, and would be there twice.
    private static func make(
        _ backup: Backup, _ state: StoredState, at directory: String, _ seal: RootSeal, _ randomness: Randomness
    ) throws {
        if let file = seal.file { try checkPlace(of: file, directory) }
        try makeFile(in: directory) { db in
            try backup.seal.write(db)
            var edit = try Edit(resealing: state, to: state.seal, randomness: randomness)
            edit.replace(by: [DueEventRecord]())
            _ = try edit.write(db, after: state.root)
        }
    }

    /// The rows of the backup under the root key of today, without what was destroyed since.
    private func replace(by backup: StoredState, isForced: Bool) throws -> [DestroyedKey] {
        let now = clock()
        let (state, destroyed) = try file.writeAtOnce { db in
            let before = try current.latest(db, source, since: current.state)
            guard before.seal.store == backup.seal.store else {
                throw KeyError(
                    .alreadyExists, "there is another key store, of which this is no backup",
                    hint: "set COFFER_HOME to another folder")
            }
            guard isForced else { throw Self.refusal(before.tables, backup.tables) }
            var edit = try Edit(resealing: backup, to: before.seal, randomness: randomness)
            edit.replaceAll()
            edit.reapply(before.tables, at: now, randomness)
            let later = before.root.generation > backup.root.generation ? before.root : backup.root
            return (try edit.write(db, after: later), edit.destroyed)
        }
        adopt(state)
        _ = try? file.erase()
        return destroyed
    }

    /// What would be lost.
    private static func refusal(_ now: Tables, _ then: Tables) -> KeyError {
        let versions = now.versions.records.count { then.versions[$0.id]?.material != $0.material }
        let loss =
            switch versions {
            case 0: "nothing of it would be lost"
            case 1: "one version of a key, made since, would be lost"
            default: "\(versions) versions of keys, made since, would be lost"
            }
        return KeyError(
            .alreadyExists, "there is a key store already, and \(loss)",
            hint: "--force puts it back to the backup; --verify tries the backup out")
    }
}

extension Edit {
    /// Destroys what `later` says was destroyed, has what it says will be destroyed wait for that, and revokes the access
    /// keys that it says were revoked.
    fileprivate mutating func reapply(_ later: Tables, at now: Int64, _ randomness: Randomness) {
        // What the backup has was for its store to record, then.
        replace(by: later.dueEvents.records)
        replace(by: later.tokenKeys.records)
        for destruction in later.destructions.records {
            if let key = tables.keys[destruction.id] { destroy(key, at: destruction.destroyed) }
            var row = destruction
            row.isErased = false
            put(row)
        }
        for deletion in later.deletions.records {
            guard var key = tables.keys[deletion.id] else { continue }
            key.isEnabled = false
            put(key)
            put(deletion)
        }
        for var accessKey in later.accessKeys.records where accessKey.revoked > 0 {
            guard let known = tables.accessKeys[accessKey.id], known.revoked == 0 else { continue }
            accessKey.sealed = []
            put(accessKey)
        }
        for row in later.imports.records where later.versions.count(of: row.id) == 0 {
            guard let key = tables.keys[row.id], tables.origin(of: key) == .external else { continue }
            removeMaterial(of: tables.imports[row.id] ?? row)
            if tables.imports[row.id] == nil { put(row) }
        }
        doWhatIsDue(at: now, randomness: randomness)
    }
}
