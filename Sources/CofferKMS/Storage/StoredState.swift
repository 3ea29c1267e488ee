import Coffer
import CofferCrypto
import GRDB
import Synchronization

/// The whole store as it stood in one generation, verified against its root row.
///
/// A class, because every use of a key holds one, and a copy of all tables would count references in dozens of places.
final class StoredState: Sendable {
    let tables: Tables
    let root: RootRow
    /// The seal that the rows are under.
    let seal: StoreSeal
    /// When there is something to be done that nobody asks for: seconds since 1970.
    let nextDue: Int64
    /// What the record of a use says of the store.
    let shown: KeyStoreState
    private let descriptions = Mutex<[KeyUUID: KeyDescription]>([:])

    init(tables: Tables, root: RootRow, seal: StoreSeal) {
        (self.tables, self.root, self.seal, nextDue) = (tables, root, seal, tables.nextDue)
        shown = KeyStoreState(generation: root.generation, root: Hexadecimal.encode(root.digest))
    }

    /// What may be known of a key; made once, since nothing changes it in one generation.
    func description(of key: KeyRecord) -> KeyDescription {
        if let known = descriptions.withLock({ $0[key.id] }) { return known }
        let made = tables.description(of: key)
        descriptions.withLock { $0[key.id] = made }
        return made
    }

    /// What the file holds after `known`, whoever changed it, and though the root key may be another now.
    static func read(_ db: Database, after known: StoredState, _ source: RootSeal) throws -> StoredState {
        let row = try SealRow.read(db)
        let isSame = row.id == known.seal.rootID
        let seal = isSame ? known.seal : StoreSeal(try row.open(source), store: known.seal.store)
        return try read(db, seal: seal, known: known.root.generation)
    }

    /// Reads and verifies every row of a store of `version`. `known` is a generation seen before: an earlier one is refused.
    static func read(
        _ db: Database, seal: StoreSeal, known: Int64 = 0, version: Int = Schema.version
    ) throws -> StoredState {
        let root = try rootRow(db)
        try root.check(seal)
        guard root.generation >= known else { throw KeyError.altered("it went back to an earlier state") }
        var tables = Tables()
        for record in Tables.all where record.table.since <= version { try load(record, db, seal, into: &tables) }
        tables.sortAfterLoading()
        try root.check(tables)
        return StoredState(tables: tables, root: root, seal: seal)
    }

    /// The root row, unverified.
    static func rootRow(_ db: Database) throws -> RootRow {
        let row = try Row.fetchOne(db, sql: "SELECT store, generation, count, digest, mac FROM root")
        guard let root = RootRow(row?.values) else { throw KeyError.altered("its root row is missing") }
        return root
    }

    private static func load<R: Record>(
        _: R.Type, _ db: Database, _ seal: StoreSeal, into tables: inout Tables
    ) throws {
        let columns = R.table.columns.map(\.name).joined(separator: ", ")
        let rows = try Row.fetchCursor(db, sql: "SELECT \(columns), mac FROM \(R.table.name)")
        while let row = try rows.next() {
            try tables.load(R.self, row.values, seal)
        }
    }
}

/// A change to the store: rows are put and removed in memory and in the file alike.
struct Edit: Sendable {
    private(set) var tables: Tables
    /// What this change destroys.
    private(set) var destroyed: [DestroyedKey] = []
    /// Whether material went with this change, and what is left of it in the file must go too.
    var isToErase = false
    let seal: StoreSeal
    private var statements: [(sql: String, values: [Cell])] = []

    init(_ tables: Tables, seal: StoreSeal) { (self.tables, self.seal) = (tables, seal) }

    /// Every row of `state` under another root key.
    init(resealing state: StoredState, to seal: StoreSeal, randomness: Randomness) throws(KeyError) {
        self.init(Tables(), seal: seal)
        for kind in Tables.all { try reseal(kind, of: state, randomness) }
        tables.sortAfterLoading()
    }

    private mutating func reseal<R: Record>(
        _: R.Type, of state: StoredState, _ randomness: Randomness
    ) throws(KeyError) {
        for record in state.tables[keyPath: R.sheet].records {
            let record = try record.resealed(from: state.seal, to: seal, randomness)
            let mac = RowMAC(record.values, of: R.table, key: seal.rows)
            try tables.load(record, mac)
            write(record, mac)
        }
    }

    /// Adds or replaces a row.
    mutating func put<R: Record>(_ record: R) {
        write(record, tables.put(record, key: seal.rows))
    }

    private mutating func write<R: Record>(_ record: R, _ mac: RowMAC) {
        let columns = R.table.columns.map(\.name) + ["mac"]
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        statements.append(
            (
                "INSERT OR REPLACE INTO \(R.table.name) (\(columns.joined(separator: ", "))) VALUES (\(marks))",
                record.values + [.blob(mac.bytes)]
            ))
    }

    /// Puts this in the place of everything that the file holds.
    mutating func replaceAll() {
        statements.insert(contentsOf: Tables.all.map { ("DELETE FROM \($0.table.name)", []) }, at: 0)
    }

    /// Removes a row, if it is there.
    mutating func remove<R: Record>(_: R.Type, _ id: R.ID) {
        guard let record = tables.remove(R.self, id) else { return }
        let key = R.table.columns.prefix(R.table.keyCount).map { "\($0.name) = ?" }.joined(separator: " AND ")
        statements.append(("DELETE FROM \(R.table.name) WHERE \(key)", Array(record.values.prefix(R.table.keyCount))))
    }

    /// Puts these rows in the place of all of their kind.
    mutating func replace<R: Record>(by rows: some Collection<R>) {
        for row in tables[keyPath: R.sheet].records { remove(R.self, row.id) }
        for row in rows { put(row) }
    }

    /// Takes a key away for good: its material, its aliases, what is known of it.
    mutating func destroy(_ key: KeyRecord, at now: Int64) {
        isToErase = true
        destroyed.append(DestroyedKey(tables.description(of: key), destroyed: now))
        for alias in tables.aliases.records(of: key.id) { removeAlias(alias.id) }
        for kind in Tables.all { removeAll(kind, of: key.id) }
        remove(KeyRecord.self, key.id)
        put(DestructionRecord(id: key.id, destroyed: now, isErased: false))
    }

    /// Removes an alias and what is known of it.
    mutating func removeAlias(_ name: String) {
        remove(AliasRecord.self, name)
        remove(AliasUpdateRecord.self, name)
    }

    private mutating func removeAll<R: Record>(_: R.Type, of key: KeyUUID) {
        for record in tables[keyPath: R.sheet].records(of: key) { remove(R.self, record.id) }
    }

    /// Writes the rows and the root row of the next generation; nothing if nothing was changed.
    func write(_ db: Database, after root: RootRow?) throws -> StoredState {
        if let root, statements.isEmpty { return StoredState(tables: tables, root: root, seal: seal) }
        for (sql, values) in statements {
            guard values.allSatisfy(\.isStorable) else {
                throw KeyError(
                    .invalidArgument, "a text for the key store has a NUL in it", hint: "nothing was changed")
            }
            try db.execute(sql: sql, arguments: StatementArguments(cells: values))
        }
        let next = RootRow(tables, generation: (root?.generation ?? 0) + 1, seal: seal)
        try db.execute(
            sql: "INSERT OR REPLACE INTO root (id, store, generation, count, digest, mac) VALUES (1, ?, ?, ?, ?, ?)",
            arguments: StatementArguments(cells: next.values))
        return StoredState(tables: tables, root: next, seal: seal)
    }
}
