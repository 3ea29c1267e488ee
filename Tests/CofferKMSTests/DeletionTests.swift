import Coffer
import CofferTesting
import Foundation
import GRDB
import Testing

@testable import CofferKMS

@Suite struct `A key that is to be destroyed` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")
    private let clock = TestClock()
    private let pending = KeyError(.pendingDeletion, "")

    @Test func `waits thirty days, or what is asked for, from seven to thirty`() async throws {
        let store = try TemporaryStore().open(clock)
        #expect(try await store.scheduleDeletion(alias).deletionDate == clock.now + 30 * 86400)
        #expect(try await store.describe(alias).state == .pendingDeletion)
        #expect(try await store.scheduleDeletion(macAlias, days: 7).deletionDate == clock.now + 7 * 86400)
        let other = try await store.createKey(.encryptDecrypt).key
        for days in [-1, 0, 6, 31, Int.max] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.scheduleDeletion(other, days: days)
            }
        }
    }

    @Test func `is refused for everything but looking at it and taking it back`() async throws {
        let store = try TemporaryStore().open(clock)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        for key in [alias, macAlias] { _ = try await store.scheduleDeletion(key) }
        await #expect(throws: pending) { _ = try await store.unwrap(wrapped, context: [:]) }
        await #expect(throws: pending) {
            _ = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        }
        await #expect(throws: pending) { _ = try await store.mac([1], under: macAlias) }
        await #expect(throws: pending) { _ = try await store.rotate(alias) }
        await #expect(throws: pending) { _ = try await store.setEnabled(true, alias) }
        await #expect(throws: pending) { _ = try await store.setEnabled(false, alias) }
        await #expect(throws: pending) { _ = try await store.scheduleDeletion(alias) }
        #expect(try await store.keys().map(\.state) == [.pendingDeletion, .pendingDeletion])
    }

    @Test func `is disabled when it is taken back, and can be enabled`() async throws {
        let store = try TemporaryStore().open(clock)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await store.scheduleDeletion(alias)
        clock.advance(days: 29)
        #expect(try await store.cancelDeletion(alias).state == .disabled)
        _ = try await store.setEnabled(true, alias)
        _ = try await store.unwrap(wrapped, context: [:])
        clock.advance(days: 100)
        _ = try await store.unwrap(wrapped, context: [:])
        await #expect(throws: KeyError(.invalidState, "")) { _ = try await store.cancelDeletion(alias) }
    }

    @Test func `is kept from that by a catalogue that needs it, unless forced`() async throws {
        let store = try TemporaryStore().open(clock)
        let key = try await store.describe(alias).key
        try await store.record(
            KeyUse(catalogue: "c", location: "l", dataset: "d", keys: [.init(key: key, version: 1)]))
        await #expect(throws: KeyError(.inUse, "")) { _ = try await store.scheduleDeletion(alias) }
        _ = try await store.scheduleDeletion(alias, isForced: true)
    }

    @Test(arguments: [false, true])
    func `is gone with its aliases when its time is over, and is not taken back`(opensAnew: Bool) async throws {
        let place = try TemporaryStore()
        var store = try place.open(clock)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        let key = try await store.scheduleDeletion(alias, days: 7).key
        clock.advance(days: 7, seconds: -1)
        #expect(try await store.describe(key).state == .pendingDeletion)
        clock.advance(seconds: 1)
        if opensAnew {
            store = try place.open(clock)
            #expect(store.destroyedAtOpen.map(\.key) == [key])
            #expect(store.destroyedAtOpen.map(\.aliases) == [["alias/default"]])
        }
        let gone = KeyError(.notFound, "")
        await #expect(throws: gone) { _ = try await store.cancelDeletion(alias) }
        await #expect(throws: gone) { _ = try await store.cancelDeletion(key) }
        await #expect(throws: gone) { _ = try await store.unwrap(wrapped, context: [:]) }
        await #expect(throws: gone) { _ = try await store.describe(alias) }
        do {
            _ = try await store.describe(key)
        } catch let error as KeyError {
            #expect(error.message == "the key \(key.name) was destroyed on \(day(clock.now))")
        }
        #expect(try await store.keys().map(\.aliases) == [["alias/default-mac"]])
        _ = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/default"))
    }

    @Test func `leaves no trace of its material in any file`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        // So many that SQLite moves rows from page to page.
        for _ in 0..<60 { _ = try await store.createKey(.encryptDecrypt) }
        for _ in 0..<4 { _ = try await store.rotate(alias) }
        let other = try place.open(clock)
        _ = try await other.describe(alias)
        let id = try await store.describe(alias).key.name
        let versions = try await DatabaseQueue(path: place.file).unsafeRead { db in
            try Data.fetchAll(db, sql: "SELECT sealed FROM versions WHERE key = ?", arguments: [id])
        }
        #expect(versions.count == 5)
        for sealed in versions { #expect(try !place.files(holding: sealed).isEmpty) }
        _ = try await store.scheduleDeletion(alias, days: 7)
        clock.advance(days: 8)
        #expect(try await store.destroyDue().map(\.key.name) == [id])
        for sealed in versions {
            // Not even a part of it.
            for part in [sealed, sealed.prefix(16), sealed.suffix(16)] {
                #expect(try place.files(holding: Data(part)) == [])
            }
        }
        #expect(try place.row("SELECT count(*) FROM destructions WHERE erased = 1")?[0] == 1)
        #expect(try await other.keys().count == 61)
    }

    @Test func `is erased later where another process was reading`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let sealed = try #require(
            try place.row("SELECT sealed FROM versions WHERE key = (SELECT key FROM aliases LIMIT 1)")?[0] as Data?)
        _ = try await store.scheduleDeletion(alias, days: 7)
        clock.advance(days: 8)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: place.file, configuration: configuration)
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Row.fetchAll(db, sql: "SELECT * FROM versions")
        }
        await #expect(throws: KeyError(.unavailable, "")) { _ = try await store.destroyDue() }
        #expect(try await store.keys().count == 1)
        try await reader.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
        _ = try place.open(clock)
        #expect(try place.files(holding: sealed) == [])
    }

    @Test func `does not come in the way of a catalogue that outlives it`() async throws {
        let store = try TemporaryStore().open(clock)
        let key = try await store.describe(alias).key
        _ = try await store.scheduleDeletion(alias, days: 7)
        clock.advance(days: 7)
        let more = try await store.createKey(.encryptDecrypt).key
        let use = KeyUse(
            catalogue: "c", location: "l", dataset: "d",
            keys: [.init(key: key, version: 1), .init(key: more, version: 1)])
        try await store.record(use)
        #expect(try await store.uses(of: more, version: nil).map(\.keys) == [[.init(key: more, version: 1)]])
    }
}

@Suite struct `A store of an earlier version` {
    private let alias = try! KeyID("alias/default")

    @Test(arguments: 1..<Schema.version)
    func `opens, and becomes one of this version`(version: Int) async throws {
        let place = try TemporaryStore()
        let made = try place.open()
        let wrapped = try await made.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        // Earlier versions did not keep it.
        _ = made.lastUses.take()
        let before = try made.generation
        try place.downgrade(to: version)
        let stores = [try place.open(), try place.open()]
        for store in stores { _ = try await store.unwrap(wrapped, context: [:]) }
        #expect(try stores[0].generation == before)
        #expect(try place.row("PRAGMA user_version")?[0] == Schema.version)
        _ = try await stores[0].scheduleDeletion(alias)
        #expect(try await stores[1].describe(alias).state == .pendingDeletion)
    }

    @Test func `does not open when it was altered, and is left as it was`() throws {
        for sql in ["UPDATE keys SET enabled = 0", "CREATE TABLE deletions (x)", "DROP TABLE aliases"] {
            let place = try TemporaryStore()
            try place.downgrade(to: 1)
            try place.edit(sql)
            #expect(try place.refusal() != nil)
        }
    }
}
