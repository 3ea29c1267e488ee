import Coffer
public import CofferCrypto
import GRDB

/// What a new root key is sealed under.
public enum RootKeyPlace: Sendable {
    /// What the old one is: its file, or its passphrase.
    case same
    /// The file that the store was opened with.
    case file
    /// This passphrase; asked for once.
    case passphrase(@Sendable () throws -> SecretBytes)
}

/// The ids of two root keys, in hexadecimal.
public struct RootRotation: Hashable, Sendable {
    /// The one before.
    public let previous: String
    /// The one that the store is under now.
    public let current: String
}

extension KeyStore {
    /// Makes a new root key and puts every row under it, in one transaction. A process that is killed on the way leaves a
    /// store under the old one or the new one. In a file the new key stands in front of the others, which older copies of
    /// the store need; `isForgetting` leaves the new one and the one before.
    ///
    /// Key material stays what it is: whoever had the old root key and the file has it.
    public func rotateRoot(to place: RootKeyPlace = .same, isForgetting: Bool = false) async throws -> RootRotation {
        let asked = try await ask(place)
        let work: @Sendable (Database) throws -> (StoredState, RootRotation) = { [current, source, randomness] db in
            let before = try current.latest(db, source)
            let row = try SealRow.read(db)
            let root = RootKey(randomness.secret(count: RootKey.byteCount))
            let next: SealRow
            if let asked {
                if case .same = place { try row.check(asked.secret) }
                let seal = try PassphraseSeal(root, passphrase: asked.secret, randomness: randomness)
                next = .passphrase(id: root.id, seal)
            } else {
                try Self.keyFile(source).add(root, keeping: isForgetting ? [row.id] : nil)
                next = .file(id: root.id)
            }
            try next.write(db)
            let seal = StoreSeal(root, store: before.seal.store)
            let edit = try Edit(resealing: before, to: seal, randomness: randomness)
            let state = try edit.write(db, after: before.root)
            return (state, RootRotation(previous: hexadecimal(row.id), current: hexadecimal(root.id)))
        }
        let (state, rotation) = try rotating(asked == nil) {
            try file.writeAtOnce(work)
        }
        adopt(state)
        _ = try? file.erase()
        return rotation
    }

    /// The passphrase that the new root key is sealed under; nil where it goes to a file.
    private func ask(_ place: RootKeyPlace) async throws -> SharedPassphrase? {
        switch place {
        case .file: return nil
        case .passphrase(let ask): return SharedPassphrase(try ask())
        case .same:
            guard case .passphrase = try file.read(SealRow.read), let ask = source.passphrase else { return nil }
            return SharedPassphrase(try ask())
        }
    }

    /// One at a time, where several stores may share a file of root keys.
    private func rotating<T>(_ isInFile: Bool, _ body: () throws -> T) throws -> T {
        guard isInFile else { return try body() }
        let path = try Self.keyFile(source).path
        try PrivateFile.createFolder(PrivateFile.parent(of: path))
        try Self.checkPlace(of: path, PrivateFile.parent(of: file.database.path))
        return try PrivateFile.locked(path, body)
    }

    private static func keyFile(_ source: RootSeal) throws(KeyError) -> RootKeyFile {
        guard let path = source.file else {
            throw KeyError(.invalidArgument, "there is no root key file to write to", hint: "set COFFER_ROOT_KEY")
        }
        return RootKeyFile(path: path)
    }
}

/// A passphrase that several may look at.
private final class SharedPassphrase: Sendable {
    let secret: SecretBytes
    init(_ secret: consuming SecretBytes) { self.secret = secret }
}

extension SealRow {
    /// Refuses a passphrase that is not the one of the store.
    fileprivate func check(_ passphrase: borrowing SecretBytes) throws(KeyError) {
        guard case .passphrase(let id, let seal) = self else { return }
        _ = try seal.open(id: id, passphrase: passphrase)
    }
}
