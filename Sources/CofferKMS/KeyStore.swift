public import Coffer
public import CofferCrypto
import GRDB
import Glibc
import Synchronization

/// The embedded key store: keys in one SQLite file, their material sealed under a root key that is kept elsewhere.
///
/// Every row carries a MAC and a root row covers them all, so an edited store does not open. Several processes may use one
/// store at once; each sees what the others did before its next operation. An operation costs some microseconds plus, for a
/// change, one sync of the disk. Whoever can read the root key can read everything: no policy binds them.
public final class KeyStore: Sendable {
    let file: StoreFile
    /// Where the root key comes from, should it be another one.
    let source: RootSeal
    let randomness: Randomness
    let clock: @Sendable () -> Int64
    let current: CurrentState
    let materials = Mutex<[[UInt8]: Material]>([:])
    let accessKeySecrets = Mutex<[String: AccessKey]>([:])
    let accessKeyWrites = Mutex<Set<String>>([])
    let atOpen = Mutex<[DestroyedKey]>([])
    let lastUses: LastUses

    init(
        file: StoreFile, source: RootSeal, state: StoredState, dataVersion: Int, randomness: Randomness,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.file = file
        self.source = source
        self.randomness = randomness
        self.clock = clock
        lastUses = LastUses(since: clock())
        current = CurrentState(state, dataVersion: dataVersion)
    }

    deinit { close() }

    /// Opens the store in the folder `directory` and verifies all of it. Refused, with nothing changed on the disk: a wrong
    /// root key or passphrase, an altered store, files that others could read.
    public static func open(
        at directory: String, seal: RootSeal, randomness: Randomness = .system,
        clock: @escaping @Sendable () -> Int64 = { SystemClock.seconds }
    ) throws -> KeyStore {
        let path = "\(directory)/\(StoreFile.name)"
        guard PrivateFile.exists(path) else {
            throw KeyError(.notFound, "there is no key store in \(directory)", hint: "coffer init makes one")
        }
        try PrivateFile.checkFolder(directory)
        try PrivateFile.check(path, what: "the key store")
        if let rootKeyFile = seal.file { try checkPlace(of: rootKeyFile, directory) }
        let file = try StoreFile(path)
        let sealRow = try file.read { db in
            _ = try Schema.check(db)
            return try SealRow.read(db)
        }
        let root = try sealRow.open(seal)
        func read(_ db: Database) throws -> (StoredState, version: Int) {
            let version = try Schema.check(db)
            let storeSeal = StoreSeal(root, store: try StoredState.rootRow(db).store)
            return (try StoredState.read(db, seal: storeSeal, version: version), version)
        }
        var (state, version) = try file.read(read)
        if version < Schema.version {
            (state, version) = try file.writeAtOnce { db in
                let found = try read(db)
                try Schema.migrate(db, from: found.version)
                return found
            }
        }
        let store = KeyStore(
            file: file, source: seal, state: state, dataVersion: -1, randomness: randomness, clock: clock)
        try store.tendAtOpen()
        return store
    }

    /// A copy of the folder must not be a copy of the key.
    static func checkPlace(of rootKeyFile: String, _ directory: String) throws(KeyError) {
        guard let folder = PrivateFile.resolved(PrivateFile.parent(of: rootKeyFile)),
            let directory = PrivateFile.resolved(directory)
        else { return }
        guard folder != directory, !folder.hasPrefix(directory + "/") else {
            throw KeyError(
                .storeRefused, "the root key is inside the folder of the key store",
                hint: "keep it elsewhere, and set COFFER_ROOT_KEY to where it is")
        }
    }

    /// How often the store has been changed: part of every record that is to be checked against it.
    public var generation: Int64 { get throws { try refreshed().root.generation } }

    /// How the store stands now: what every record of a use says of it.
    public func keyStoreState() throws -> KeyStoreState { try refreshed().shown }

    /// The rows as they are now, whoever changed them.
    func tables() throws -> Tables { try refreshed().tables }

    /// The same with the seal they are under.
    func state() throws -> StoredState { try refreshed() }

    /// When something is due that nobody asks for.
    var nextDue: Int64 { current.state.nextDue }

    /// From now on asks the file for what other processes changed at most once in `interval`, which a service does: asking
    /// costs more than a use of a key. Changes of this process are seen at once all the same.
    public func lookForChanges(atMostEvery interval: Duration) { current.setInterval(interval) }

    private func refreshed() throws -> StoredState {
        if let state = current.recentState { return state }
        let now = ContinuousClock.now
        let dataVersion = try file.dataVersion()
        if let state = current.state(at: dataVersion, now) { return state }
        let seen = current.state
        let state = try file.read { db in try current.latest(db, source, since: seen) }
        adopt(state)
        current.note(dataVersion, now)
        return current.state
    }

    /// Takes over a newer state, and forgets material and secrets that are no longer in it.
    func adopt(_ state: StoredState) {
        guard current.adopt(state) else { return }
        forgetAccessKeys(notIn: state)
        materials.withLock { materials in
            materials = materials.filter { state.tables.versions[$0.value.version]?.material == $0.key }
        }
    }

    /// Changes rows in one transaction. What another process changed is read and verified first, so that no row which
    /// somebody altered behind our back is ever sealed anew. What is due is done first.
    func change<T: Sendable>(_ body: @Sendable (inout Edit) throws -> T) async throws -> T {
        // Nothing here holds the store itself, which must not end on the queue of its own database.
        let (result, edit, state) = try await file.write { [current, source, clock, randomness] db in
            try Self.edit(db, current, source, clock(), randomness, body)
        }
        adopt(state)
        // Where that fails, the next one to open the store does it.
        if edit.isToErase { _ = try? await erase() }
        return result
    }

    /// The same, for whoever can't wait for an actor; nothing is erased.
    func changeAtOnce<T>(_ body: (inout Edit) throws -> T) throws -> T {
        let (result, _, state) = try file.writeAtOnce { db in
            try Self.edit(db, current, source, clock(), randomness, body)
        }
        adopt(state)
        return result
    }

    private static func edit<T>(
        _ db: Database, _ current: CurrentState, _ source: RootSeal, _ now: Int64, _ randomness: Randomness,
        _ body: (inout Edit) throws -> T
    ) throws -> (T, Edit, StoredState) {
        let before = try current.latest(db, source, since: current.state)
        var edit = Edit(before.tables, seal: before.seal)
        edit.doWhatIsDue(at: now, randomness: randomness)
        let result = try body(&edit)
        let state = try edit.write(db, after: before.root)
        current.expect(state)
        return (result, edit, state)
    }
}

/// The clock of the machine.
public enum SystemClock {
    /// Seconds since 1970.
    public static var seconds: Int64 { Int64(time(nil)) }
}
