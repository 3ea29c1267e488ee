import Coffer
import GRDB

/// The tables of `keys.db`, exactly these: anything else in the file (a trigger, a view) keeps it from opening.
enum Schema {
    /// “COFR”, in the header of the file.
    static let applicationID = 0x434f_4652
    /// The version that is written. Stores of every earlier one open, and become this one.
    static let version = 5

    static let seal = """
        CREATE TABLE seal (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), kind TEXT NOT NULL, root_id BLOB NOT NULL, \
        salt BLOB NOT NULL, log_n INTEGER NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL) STRICT
        """
    static let root = """
        CREATE TABLE root (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), store BLOB NOT NULL, \
        generation INTEGER NOT NULL, count INTEGER NOT NULL, digest BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """
    /// The tables of a store of `version`.
    static func statements(_ version: Int) -> [String] {
        [seal, root] + Tables.all.filter { $0.table.since <= version }.map { $0.table.definition }
    }

    /// Makes the tables in an empty file.
    static func create(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(version)")
        for statement in statements(version) { try db.execute(sql: statement) }
    }

    /// Adds the tables that came after `earlier`, in a store that was verified. They have no rows, so the root row stays.
    static func migrate(_ db: Database, from earlier: Int) throws {
        for record in Tables.all where record.table.since > earlier { try db.execute(sql: record.table.definition) }
        try db.execute(sql: "PRAGMA user_version = \(version)")
    }

    /// Refuses a file that is no key store, or of a later version, or has other tables. Returns its version.
    static func check(_ db: Database) throws -> Int {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
            throw KeyError(.storeRefused, "keys.db is not a key store", hint: "restore it from a backup")
        }
        guard let found = try Int.fetchOne(db, sql: "PRAGMA user_version"), (1...version).contains(found) else {
            throw KeyError(
                .storeRefused, "the key store was made by another version of coffer", hint: "use that version")
        }
        try checkTables(db, statements(found))
        return found
    }

    private static func checkTables(_ db: Database, _ statements: [String]) throws {
        let found = try String?.fetchAll(
            db, sql: "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\'")
        guard found.count == statements.count, Set(found) == Set(statements) else {
            throw KeyError.altered("its tables are not those of a key store")
        }
    }
}
