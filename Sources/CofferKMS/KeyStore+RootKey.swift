import Coffer
public import CofferCrypto
import GRDB

/// What a new root key is sealed under.
public enum RootKeyPlace: Sendable {
    /// What the old one is: its file, its passphrase, its token, its key.
    case same
    /// The file that the store was opened with.
    case file
    /// The token, or the key of another service, that the store was opened with.
    case seal
    /// This passphrase; asked for once.
    case passphrase(@Sendable () throws -> SecretBytes)
}

/// The ids of two root keys, in hexadecimal.
public struct RootRotation: Hashable, Sendable {
    /// Where the new one is.
    public enum Holder: Hashable, Sendable {
        /// In a file of its own.
        case file
        /// In the store, under a passphrase.
        case passphrase
        /// In the store, sealed by a token or by a key of another service.
        case seal
    }

    /// The one before.
    public let previous: String
    /// The one that the store is under now.
    public let current: String
    /// Where that is.
    public let holder: Holder
}

extension KeyStore {
    /// Makes a new root key and puts every row under it, in one transaction. A process that is killed on the way leaves a
    /// store under the old one or the new one. In a file the new key stands in front of the others, which older copies of
    /// the store need; `isForgetting` leaves the new one and the one before, and ends import tokens from before.
    ///
    /// Key material stays what it is: whoever had the old root key and the file has it.
    public func rotateRoot(to place: RootKeyPlace = .same, isForgetting: Bool = false) async throws -> RootRotation {
        let (next, now) = (try await next(place), clock())
        let work: @Sendable (Database) throws -> (StoredState, RootRotation) = { [current, source, randomness] db in
            let before = try current.latest(db, source, since: current.state)
            let row = try SealRow.read(db)
            if case .same = place, let asked = next.passphrase { try row.check(asked.secret) }
            if next.isInFile { try Self.keyFile(source).add(next.root, keeping: isForgetting ? [row.id] : nil) }
            try next.row.write(db)
            let seal = StoreSeal(next.root, store: before.seal.store)
            var edit = try Edit(resealing: before, to: seal, randomness: randomness)
            if isForgetting {
                edit.replace(by: [TokenKeyRecord]())
            } else {
                edit.keepTokens(of: before.seal, at: now, randomness)
            }
            let state = try edit.write(db, after: before.root)
            let rotation = RootRotation(
                previous: Hexadecimal.encode(row.id), current: Hexadecimal.encode(next.root.id), holder: next.holder)
            return (state, rotation)
        }
        let (state, rotation) = try rotating(next.isInFile) {
            try file.writeAtOnce(work)
        }
        adopt(state)
        _ = try? file.erase()
        return rotation
    }

    /// A new root key, sealed.
    private func next(_ place: RootKeyPlace) async throws -> NextRoot {
        switch place {
        case .file: return .file(randomness)
        case .passphrase(let ask): return try .passphrase(SharedPassphrase(try ask()), randomness)
        case .seal:
            if let token = source.token { return try .token(token, randomness) }
            if let key = source.key { return try await .key(key, randomness) }
            throw KeyError(.invalidArgument, "there is no token and no key to seal with", hint: "set COFFER_SEAL")
        case .same:
            switch try file.read(SealRow.read) {
            case .passphrase:
                guard let ask = source.passphrase else { return .file(randomness) }
                return try .passphrase(SharedPassphrase(try ask()), randomness)
            case .token:
                guard let token = source.token else { return .file(randomness) }
                return try .token(token, randomness)
            case .key:
                guard let key = source.key else { return .file(randomness) }
                return try await .key(key, randomness)
            case .file: return .file(randomness)
            }
        }
    }

    /// One at a time, where several stores may share a file of root keys.
    private func rotating<T>(_ isInFile: Bool, _ body: () throws -> T) throws -> T {
        guard isInFile else { return try body() }
        let path = try Self.keyFile(source).path
        try PrivateFile.createFolder(PrivateFile.parent(of: path))
        try Self.checkPlace(of: path, file.folder)
        return try PrivateFile.locked(path, body)
    }

    private static func keyFile(_ source: RootSeal) throws(KeyError) -> RootKeyFile {
        guard let path = source.file else {
            throw KeyError(.invalidArgument, "there is no root key file to write to", hint: "set COFFER_ROOT_KEY")
        }
        return RootKeyFile(path: path)
    }
}

/// A new root key and what the store will say of it.
private struct NextRoot: Sendable {
    let root: RootKey
    let row: SealRow
    var isInFile = false
    var passphrase: SharedPassphrase?

    var holder: RootRotation.Holder { isInFile ? .file : passphrase != nil ? .passphrase : .seal }

    static func file(_ randomness: Randomness) -> NextRoot {
        let root = RootKey(randomness.secret(count: RootKey.byteCount))
        return NextRoot(root: root, row: .file(id: root.id), isInFile: true)
    }

    static func passphrase(_ asked: SharedPassphrase, _ randomness: Randomness) throws -> NextRoot {
        let root = RootKey(randomness.secret(count: RootKey.byteCount))
        let seal = try PassphraseSeal(root, passphrase: asked.secret, randomness: randomness)
        return NextRoot(root: root, row: .passphrase(id: root.id, seal), passphrase: asked)
    }

    static func token(_ token: TokenSeal, _ randomness: Randomness) throws -> NextRoot {
        let root = RootKey(randomness.secret(count: RootKey.byteCount))
        return NextRoot(root: root, row: .token(id: root.id, try token.seal(root, randomness)))
    }

    static func key(_ key: KeySeal, _ randomness: Randomness) async throws -> NextRoot {
        let (root, wrapped) = try await key.makeRoot(randomness)
        return NextRoot(root: root, row: .key(id: root.id, wrapped))
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
