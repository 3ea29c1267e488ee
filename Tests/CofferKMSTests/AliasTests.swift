import Coffer
import CofferKMS
import CofferTesting
import Testing

@Suite struct `Aliases` {
    private let clock = TestClock()

    @Test func `are made, moved and removed`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let (a, b) = (try await store.createKey(.encryptDecrypt).key, try await store.createKey(.encryptDecrypt).key)
        let alias = try AliasName("alias/a")
        try await store.createAlias(alias, for: a)
        let made = clock.now
        clock.advance(days: 1)
        try await store.updateAlias(alias, to: b)
        let found = try #require(try await place.open(clock).allAliases().first { $0.name == "alias/a" })
        #expect(found.key == b && found.created == made && found.updated == clock.now)
        #expect(try await store.describe(a).aliases.isEmpty)
        #expect(try await store.describe(b).aliases == ["alias/a"])
        #expect(try await store.aliases(of: b).map(\.name) == ["alias/a"])
        try await store.deleteAlias(alias)
        #expect(try await store.allAliases().map(\.name) == ["alias/default", "alias/default-mac"])
        await #expect(throws: KeyError(.notFound, "")) { try await store.deleteAlias(alias) }
        await #expect(throws: KeyError(.notFound, "")) { try await store.updateAlias(alias, to: a) }
        try await store.createAlias(alias, for: a)
        let again = try await store.allAliases().first { $0.name == "alias/a" }
        #expect(again?.created == clock.now && again?.updated == clock.now)
    }

    @Test func `are taken once, and move among keys of one kind`() async throws {
        let store = try TemporaryStore().open(clock)
        let alias = try AliasName("alias/default")
        let key = try await store.createKey(.encryptDecrypt).key
        await #expect(throws: KeyError(.alreadyExists, "")) { try await store.createAlias(alias, for: key) }
        for new in [
            NewKey(usage: .generateVerifyMAC), NewKey(usage: .signVerify),
            NewKey(usage: .encryptDecrypt, spec: .rsa2048),
        ] {
            let other = try await store.createKey(new).key
            await #expect(throws: KeyError(.unsupported, "")) { try await store.updateAlias(alias, to: other) }
        }
        _ = try await store.scheduleDeletion(key)
        await #expect(throws: KeyError(.pendingDeletion, "")) { try await store.updateAlias(alias, to: key) }
        await #expect(throws: KeyError(.pendingDeletion, "")) {
            try await store.createAlias(try AliasName("alias/b"), for: key)
        }
    }

    @Test func `are fifty to a key at most`() async throws {
        let store = try TemporaryStore().open(clock)
        let key = try await store.createKey(.encryptDecrypt).key
        for i in 0..<50 { try await store.createAlias(try AliasName("alias/n\(i)"), for: key) }
        await #expect(throws: KeyError(.limitExceeded, "")) {
            try await store.createAlias(try AliasName("alias/n50"), for: key)
        }
        await #expect(throws: KeyError(.limitExceeded, "")) {
            try await store.updateAlias(try AliasName("alias/default"), to: key)
        }
    }
}

@Suite struct `The rotations of a key` {
    private let alias = try! KeyID("alias/default")
    private let clock = TestClock()

    @Test func `are listed with why they happened`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        #expect(try await store.rotations(of: alias).isEmpty)
        _ = try await store.setRotation(of: alias, days: 90)
        _ = try await store.rotate(alias)
        let first = clock.now
        clock.advance(days: 90)
        let rotations = try await place.open(clock).rotations(of: alias)
        #expect(rotations.map(\.kind) == [.onDemand, .automatic] && rotations.map(\.date) == [first, clock.now])
        let versions = try await place.open(clock).describe(alias).versions
        #expect(rotations.map { $0.materialID as String? } == versions.dropFirst().map(\.materialID))
        #expect(Set(versions.map(\.materialID)).count == 3)
    }

    @Test func `on demand are 25 at most, and those by schedule do not count`() async throws {
        let store = try TemporaryStore().open(clock)
        _ = try await store.setRotation(of: alias, days: 90)
        for _ in 0..<25 {
            _ = try await store.rotate(alias)
            clock.advance(days: 90)
        }
        await #expect(throws: KeyError(.limitExceeded, "")) { _ = try await store.rotate(alias) }
        #expect(try await store.describe(alias).versions.count == 51)
        clock.advance(days: 90)
        #expect(try await store.describe(alias).versions.count == 52)
    }
}
