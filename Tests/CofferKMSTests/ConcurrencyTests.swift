import Coffer
import CofferKMS
import CofferTesting
import Foundation
import GRDB
import Testing

@Suite struct `Two users of one key store` {
    private let alias = try! KeyID("alias/default")

    @Test func `see each other's changes before their next operation`() async throws {
        let place = try TemporaryStore()
        let (first, second) = (try place.open(), try place.open())
        _ = try await first.rotate(alias)
        let made = try await second.generateDataKey(under: alias, byteCount: 32, context: [:])
        #expect(made.wrapped.version == 2)
        _ = try await second.setEnabled(false, alias, version: 2)
        await #expect(throws: KeyError(.disabled, "")) { _ = try await first.unwrap(made.wrapped, context: [:]) }
    }

    @Test func `lose no change when they write at once`() async throws {
        let place = try TemporaryStore()
        let stores = [try place.open(), try place.open(), try place.open()]
        try await withThrowingTaskGroup { group in
            for (number, store) in stores.enumerated() {
                group.addTask {
                    for i in 0..<8 {
                        _ = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/k\(number)-\(i)"))
                        _ = try await store.rotate(alias)
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = try place.open()
        #expect(try await store.keys().count == 26)
        #expect(try await store.describe(alias).versions.count == 25)
        #expect(try store.generation == 49)
    }

    @Test func `wait for each other`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let other = try DatabaseQueue(path: place.file)
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        async let holding: Void = other.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                hold.yield()
                Thread.sleep(forTimeInterval: 0.5)
                return .commit
            }
        }
        for await _ in held { break }
        let rotated = try await store.rotate(alias)
        #expect(rotated.versions.count == 2)
        try await holding
    }
}
