import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import GRDB
import Synchronization
import Testing

@testable import CofferKMS

@Suite struct `What happens by itself` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")
    private let clock = TestClock()
    private let record = TestRecord()

    /// A store in which a key is due to rotate and another to be destroyed, in ninety days.
    private func place() async throws -> (TemporaryStore, rotates: KeyID, goes: KeyID) {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await store.setRotation(of: alias, days: 90).key
        let gone = try await store.createKey(.encryptDecrypt).key
        _ = try await store.scheduleDeletion(gone, days: 7)
        return (place, key, gone)
    }

    @Test func `is recorded once, whoever's change it was and whoever looks`() async throws {
        let (place, key, gone) = try await place()
        let (store, other) = (try place.open(clock), try place.open(clock))
        clock.advance(days: 91)
        // Within a change that is about something else.
        _ = try await other.setDescription(of: macAlias, "x")
        #expect(try store.hasDueEvents && other.hasDueEvents)
        try await store.recordDueEvents(on: record)
        let events = record.events
        #expect(Set(events.map(\.id)).count == 2 && events.allSatisfy { $0.time == clock.now })
        #expect(events.contains { $0.kind == .rotated && $0.key == key && $0.version == 2 })
        #expect(events.contains { $0.kind == .destroyed && $0.key == gone && $0.version == nil })
        let generation = try store.generation
        for store in [other, store, try place.open(clock)] {
            #expect(try !store.hasDueEvents)
            try await store.recordDueEvents(on: record)
        }
        #expect(record.events == events)
        #expect(try store.generation == generation)
    }

    @Test func `outlives the process whose change it was`() async throws {
        let (place, _, _) = try await place()
        clock.advance(days: 91)
        let happened = clock.now
        try place.open(clock).close()
        clock.advance(days: 5)
        try await place.open(clock).recordDueEvents(on: record)
        #expect(record.events.map(\.time) == [happened, happened])
        try await place.open(clock).recordDueEvents(on: record)
        #expect(record.events.count == 2)
    }

    @Test(arguments: 0...2, [false, true])
    func `is recorded once though somebody died over it`(recorded: Int, isLast: Bool) async throws {
        let (place, _, _) = try await place()
        clock.advance(days: 91)
        // With the last event durable, but not answered.
        record.fail(after: recorded, durable: isLast)
        await #expect(throws: (any Error).self) {
            try await place.open(clock).recordDueEvents(on: record)
            // Nothing is left to fail at.
            if recorded == 2 { throw CancellationError() }
        }
        record.fail(after: .max)
        _ = try await place.open(clock).setDescription(of: macAlias, "x")
        try await place.open(clock).recordDueEvents(on: record)
        #expect(record.events.count == 2 && Set(record.events.map(\.kind)) == [.rotated, .destroyed])
        #expect(try !place.open(clock).hasDueEvents)
    }

    @Test func `is looked for only behind what was there before`() async throws {
        let (place, _, _) = try await place()
        clock.advance(days: 91)
        record.fill(100)
        record.fail(after: 1)
        _ = try? await place.open(clock).recordDueEvents(on: record)
        #expect(record.lookedFrom == nil)
        record.fill(100)
        record.fail(after: .max)
        try await place.open(clock).recordDueEvents(on: record)
        #expect(record.lookedFrom == 100)
        #expect(record.events.count == 2)
    }

    @Test func `is recorded once by many at the same time`() async throws {
        let (place, _, _) = try await place()
        clock.advance(days: 91)
        let stores = try (0..<6).map { _ in try place.open(clock) }
        record.isSlow = true
        try await withThrowingTaskGroup { group in
            for store in stores + stores { group.addTask { [record] in try await store.recordDueEvents(on: record) } }
            try await group.waitForAll()
        }
        #expect(record.events.count == 2)
        for store in stores { #expect(try !store.hasDueEvents) }
    }

    @Test func `is kept through a new root key`() async throws {
        let (place, _, _) = try await place()
        clock.advance(days: 91)
        let store = try place.open(clock)
        record.fail(after: 1)
        _ = try? await store.recordDueEvents(on: record)
        record.fail(after: .max)
        _ = try await store.rotateRoot()
        try await place.open(clock).recordDueEvents(on: record)
        #expect(record.events.count == 2)
        #expect(try !store.hasDueEvents)
    }

    @Test func `is not recorded anew from a backup`() async throws {
        let (place, _, _) = try await place()
        let file = place.folder + "/b"
        clock.advance(days: 91)
        let store = try place.open(clock)
        _ = try await store.backup(to: file)
        #expect(try KeyStore.verifyBackup(file, seal: .file(place.rootKey)).keys == 2)
        try await store.recordDueEvents(on: record)
        store.close()
        let again = try restore(file, place)
        #expect(try !again.hasDueEvents && !store.hasDueEvents)
        try await again.recordDueEvents(on: record)
        try place.lose()
        try await restore(file, place).recordDueEvents(on: record)
        #expect(record.events.count == 2)
        #expect(try await place.open(clock).describe(alias).versions.count == 2)
    }

    @Test func `is still recorded after a restore of a backup from before it`() async throws {
        let (place, _, gone) = try await place()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        _ = try await store.backup(to: file)
        clock.advance(days: 8)
        _ = try await store.keys()
        #expect(try store.hasDueEvents)
        let again = try restore(file, place)
        try await again.recordDueEvents(on: record)
        #expect(record.events.map(\.key) == [gone])
        // The store that is there rotates the key when it is opened, and what takes its place does so, too.
        clock.advance(days: 100)
        try await restore(file, place).recordDueEvents(on: record)
        #expect(record.events.map(\.kind) == [.destroyed, .rotated, .rotated])
        #expect(Set(record.events.map(\.id)).count == 3)
    }

    @Test func `is kept by a store of the version before, from the day it is opened`() async throws {
        let (place, key, gone) = try await place()
        try place.downgrade(to: 4)
        clock.advance(days: 91)
        try await place.open(clock).recordDueEvents(on: record)
        #expect(Set(record.events.map(\.key)) == [key, gone])
        #expect(try place.row("PRAGMA user_version")?[0] == Schema.version)
    }

    @Test func `waits, where it can, while too much is not on the record`() async throws {
        let (place, key, gone) = try await place()
        let store = try place.open(clock)
        let id = try #require(KeyUUID(key.localName))
        let now = clock.now
        try await store.change { edit in
            for _ in 0..<KeyStore.dueEventLimit { edit.note(.expired, id, at: now, .system) }
        }
        clock.advance(days: 91)
        // A destruction does not wait.
        await #expect(throws: KeyError(.notFound, "")) { _ = try await store.describe(gone) }
        let generation = try store.generation
        #expect(try await store.describe(alias).versions.count == 1)
        #expect(try store.generation == generation)
        try await store.recordDueEvents(on: record)
        #expect(record.events.count == KeyStore.dueEventLimit + 1)
        #expect(try await store.describe(alias).versions.count == 2)
        try await store.recordDueEvents(on: record)
        #expect(record.events.last?.kind == .rotated)
    }

    private func restore(_ file: String, _ place: TemporaryStore) throws -> KeyStore {
        try KeyStore.restore(
            file, at: place.home, seal: .file(place.rootKey), isForced: true, clock: { [clock] in clock.now }
        ).store
    }
}

/// A record in memory that fails when it is told to.
private final class TestRecord: DueRecord {
    private struct State {
        var entries: [DueEvent?] = []
        var left = Int.max
        var isDurable = false
        var lookedFrom: Int?
        var isSlow = false
    }
    private let state = Mutex(State())

    var events: [DueEvent] { state.withLock { $0.entries.compactMap(\.self) } }
    var lookedFrom: Int? { state.withLock { $0.lookedFrom } }
    var isSlow: Bool {
        get { state.withLock { $0.isSlow } }
        set { state.withLock { $0.isSlow = newValue } }
    }

    /// Has others record something.
    func fill(_ count: Int) { state.withLock { $0.entries += Array(repeating: nil, count: count) } }

    /// Takes `count` events more; the one after that is on the record only if it is `durable`, and nobody is told.
    func fail(after count: Int, durable isDurable: Bool = false) {
        state.withLock { ($0.left, $0.isDurable) = (count, isDurable) }
    }

    var count: Int { state.withLock { $0.entries.count } }

    func recorded(of ids: Set<String>, from index: Int) -> Set<String> {
        state.withLock { state in
            state.lookedFrom = index
            return ids.intersection(state.entries.dropFirst(index).compactMap { $0?.id })
        }
    }

    func record(_ event: DueEvent) async throws {
        if isSlow { try await Task.sleep(for: .milliseconds(30)) }
        try state.withLock { state in
            guard state.left > 0 else {
                if state.isDurable { state.entries.append(event) }
                throw CancellationError()
            }
            state.left -= 1
            state.entries.append(event)
        }
    }
}
