import Coffer
import CofferKMS
import CofferTesting
import Foundation
import GRDB
import Synchronization

/// A key store in a folder of its own, which goes with it.
final class TemporaryStore: Sendable {
    let folder: String
    var home: String { folder + "/home" }
    var file: String { home + "/keys.db" }
    var rootKey: String { folder + "/root.key" }

    static let keys = [
        KeyStore.FirstKey(.encryptDecrypt, alias: try! AliasName("alias/default")),
        KeyStore.FirstKey(.generateVerifyMAC, alias: try! AliasName("alias/default-mac")),
    ]

    /// The store is made and closed again.
    init(_ seal: RootSeal? = nil) throws {
        folder = FileManager.default.temporaryDirectory.path + "/coffer-kms-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = try KeyStore.create(at: folder + "/home", seal: seal ?? .file(folder + "/root.key"), keys: Self.keys)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open() throws -> KeyStore { try KeyStore.open(at: home, seal: .file(rootKey)) }

    /// Opens the store at a time of the test's own.
    func open(_ clock: TestClock) throws -> KeyStore {
        try KeyStore.open(at: home, seal: .file(rootKey), clock: { clock.now })
    }

    /// Makes it a store of an earlier version, from before any row in the tables that came later.
    func downgrade(to version: Int) throws {
        let later: [(table: String, since: Int)] = [
            ("deletions", 2), ("destructions", 2), ("rotations", 3), ("descriptions", 3), ("tags", 3), ("last_uses", 3),
            ("policies", 4), ("grants", 4), ("access_keys", 4), ("access_key_uses", 4),
            ("key_kinds", 4), ("imports", 4), ("rotated", 4), ("alias_updates", 4), ("due_events", 5),
            ("token_keys", 5),
        ]
        for (table, since) in later where since > version { try edit("DROP TABLE \(table)") }
        try edit("PRAGMA user_version = \(version)")
    }

    /// The store goes, with all its files; not the root key.
    func lose() throws { try FileManager.default.removeItem(atPath: home) }

    /// The files of the store in which `bytes` stand.
    func files(holding bytes: Data) throws -> [String] {
        try contents().filter { $0.value.range(of: bytes) != nil }.keys.sorted()
    }

    /// Changes the file as somebody would who has no root key, and leaves no journal behind.
    func edit(_ sql: String..., arguments: StatementArguments = StatementArguments()) throws {
        let database = try DatabaseQueue(path: file)
        try database.writeWithoutTransaction { db in
            for statement in sql {
                try db.execute(sql: statement, arguments: statement.contains("?") ? arguments : StatementArguments())
            }
            try db.checkpoint(.truncate)
        }
        try database.close()
    }

    /// The first row of a query, as it stands in the file.
    func row(_ sql: String) throws -> Row? {
        try DatabaseQueue(path: file).unsafeRead { db in try Row.fetchOne(db, sql: sql) }
    }

    /// Writes a file, 0600.
    static func write(_ data: Data, to path: String) throws {
        try data.write(to: URL(fileURLWithPath: path))
        try setMode(0o600, of: path)
    }

    static func setMode(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// Every file and what is in it.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            contents[name] = FileManager.default.contents(atPath: folder + "/" + name)
        }
        return contents
    }

    /// The sentence with which opening is refused; nil if it is not. Nothing may have changed on the disk.
    func refusal(_ seal: RootSeal? = nil) throws -> String? {
        // SQLite's marks of who is reading are no part of the store.
        func files() throws -> [String: Data] { try contents().filter { !$0.key.hasSuffix("-shm") } }
        let before = try files()
        defer { precondition(try! files() == before, "a refused store is left as it was") }
        do {
            _ = try KeyStore.open(at: home, seal: seal ?? .file(rootKey))
            return nil
        } catch let error as KeyError {
            return error.message
        }
    }
}

/// A clock that goes when it is told to.
final class TestClock: Sendable {
    private let seconds = Mutex<Int64>(1_800_000_000)

    var now: Int64 { seconds.withLock { $0 } }

    func advance(days: Int = 0, seconds more: Int = 0) {
        seconds.withLock { $0 += Int64(days) * 86400 + Int64(more) }
    }
}
