import Coffer
import Foundation
import GRDB

/// `keys.db`: an SQLite file in WAL mode, each commit synced before it counts. Readers and writers in other processes wait
/// for each other.
struct StoreFile: Sendable {
    static let name = "keys.db"
    let database: DatabaseQueue
    /// The folder it is in.
    var folder: String { PrivateFile.parent(of: database.path) }
    /// For reading, so that no reader waits while a change is on its way to the disk.
    private let reading: DatabaseQueue

    /// Opens the file at `path`, which must be there unless `isNew`.
    init(_ path: String, isNew: Bool = false) throws {
        var configuration = Configuration()
        configuration.label = "coffer.keys"
        configuration.busyMode = .timeout(10)
        configuration.journalMode = isNew ? .wal : .default
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            try db.execute(sql: "PRAGMA cell_size_check = ON")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA mmap_size = 0")
        }
        database = try Self.translating { try DatabaseQueue(path: path, configuration: configuration) }
        configuration.label = "coffer.keys.reading"
        reading =
            isNew ? database : try Self.translating { try DatabaseQueue(path: path, configuration: configuration) }
    }

    /// Reads within one transaction, without waiting for an actor.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try Self.translating {
            try reading.unsafeRead { db in
                var result: T?
                try db.inTransaction(.deferred) {
                    result = try body(db)
                    return .commit
                }
                return result!
            }
        }
    }

    /// Changes within one transaction, which other processes can't share; all of it is on the disk afterwards, or nothing.
    func write<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await database.writeWithoutTransaction { db in try Self.transaction(db, body) }
        } catch {
            throw Self.translation(of: error)
        }
    }

    /// The same, for whoever can't wait for an actor.
    func writeAtOnce<T>(_ body: (Database) throws -> T) throws -> T {
        try Self.translating { try database.writeWithoutTransaction { db in try Self.transaction(db, body) } }
    }

    private static func transaction<T>(_ db: Database, _ body: (Database) throws -> T) throws -> T {
        var result: T?
        try db.inTransaction(.immediate) {
            result = try body(db)
            return .commit
        }
        return result!
    }

    /// Takes what was deleted out of the file and its journal. `secure_delete` overwrites what is deleted, but not what
    /// SQLite leaves of a row that it moved from page to page: so all pages are written anew, the journal is brought over
    /// and cut to nothing. False where another process is reading just now.
    func erase() throws -> Bool {
        do {
            try database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = 1000")
                defer { try? db.execute(sql: "PRAGMA busy_timeout = 10000") }
                try db.execute(sql: "VACUUM")
                try db.checkpoint(.truncate)
            }
            return true
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
            return false
        } catch {
            throw Self.translation(of: error)
        }
    }

    /// A number that changes whenever the file was changed, by whomever: the connection that reads never writes.
    func dataVersion() throws -> Int {
        try Self.translating {
            try reading.unsafeRead { db in
                try db.cachedStatement(sql: "PRAGMA data_version").fetchInt()
            }
        }
    }

    static func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translation(of: error) }
    }

    /// SQLite's own texts quote statements; ours don't.
    static func translation(of error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return KeyError(.storeRefused, "the key store is damaged", hint: "restore keys.db from a backup")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return KeyError(.unavailable, "another process holds the key store", hint: "try again when it is done")
        case .SQLITE_FULL:
            return KeyError(.unavailable, "the disk of the key store is full", hint: "nothing was changed; make room")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return KeyError(
                .unavailable, "the key store can't be written", hint: "its folder and files must belong to this user")
        case .SQLITE_CANTOPEN:
            return KeyError(
                .unavailable, "the key store can't be opened", hint: "its folder must be there and writable")
        default:
            return KeyError(.unavailable, "the key store can't be used (SQLite \(error.resultCode.rawValue))")
        }
    }
}

extension Statement {
    fileprivate func fetchInt() throws -> Int { try Int.fetchOne(self) ?? 0 }
}
