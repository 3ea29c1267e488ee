import Coffer
import GRDB

/// The tables of `keys.db`, exactly these: anything else in the file (a trigger, a view) keeps it from opening.
enum Schema {
    /// “COFR”, in the header of the file.
    static let applicationID = 0x434f_4652
    static let version = 1

    static let seal = """
        CREATE TABLE seal (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), kind TEXT NOT NULL, root_id BLOB NOT NULL, \
        salt BLOB NOT NULL, log_n INTEGER NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL) STRICT
        """
    static let root = """
        CREATE TABLE root (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), store BLOB NOT NULL, \
        generation INTEGER NOT NULL, count INTEGER NOT NULL, digest BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """
    static var statements: [String] { [seal, root] + Tables.all.map { $0.table.definition } }

    /// Makes the tables in an empty file.
    static func create(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(version)")
        for statement in statements { try db.execute(sql: statement) }
    }

    /// Refuses a file that is no key store, or of another version, or has other tables.
    static func check(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
            throw KeyError(.storeRefused, "keys.db is not a key store", hint: "restore it from a backup")
        }
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") == version else {
            throw KeyError(
                .storeRefused, "the key store was made by another version of coffer", hint: "use that version")
        }
        let found = try String?.fetchAll(
            db, sql: "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\'")
        guard found.count == statements.count, Set(found) == Set(statements) else {
            throw KeyError.altered("its tables are not those of a key store")
        }
    }
}
