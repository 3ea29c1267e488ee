import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Testing

@testable import CofferKMS

@Suite struct `A backup` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")
    private let clock = TestClock()

    @Test func `brings a lost store back, with everything in it`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        let made = try await store.generateDataKey(under: alias, byteCount: 32, context: ["a": "b"])
        let mac = try await store.mac([1], under: macAlias).withBytes { [UInt8](copying: $0) }
        let key = try await store.rotate(alias).key
        _ = try await store.tag(alias, [KeyTag(name: "team", value: "crm")])
        _ = try await store.setRotation(of: alias, days: 90)
        try await store.record(
            KeyUse(catalogue: "c", location: "l", dataset: "d", keys: [.init(key: key, version: 1)]))
        store.close()
        let before = try await store.keys()
        let summary = try await store.backup(to: file)
        #expect(summary.keys == 2 && summary.versions == 3 && summary.made == clock.now)
        try place.lose()
        let restoration = try restore(file, place)
        #expect(!restoration.isKnowingDestructions && restoration.destroyed.isEmpty)
        #expect(restoration.backup == summary)
        let again = try place.open(clock)
        #expect(try await again.keys() == before)
        #expect(try again.generation == summary.generation + 1)
        let same = try await again.unwrap(made.wrapped, context: ["a": "b"]).isEqual(to: made.plaintext)
        #expect(same)
        #expect(try await again.mac([1], under: macAlias).withBytes { [UInt8](copying: $0) } == mac)
        #expect(try await again.uses(of: alias, version: nil).map(\.location) == ["l"])
    }

    @Test func `is verified without touching anything`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let summary = try await place.open(clock).backup(to: file)
        let before = try place.contents()
        #expect(try KeyStore.verifyBackup(file, seal: .file(place.rootKey)) == summary)
        #expect(try place.contents() == before)
    }

    @Test func `holds nothing in the clear, and is not written over another`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        _ = try await store.backup(to: file)
        let content = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(content.range(of: Data("alias/default".utf8)) == nil)
        #expect(content.range(of: Data(try await store.describe(alias).key.name.utf8)) == nil)
        await #expect(throws: KeyError(.alreadyExists, "")) { _ = try await store.backup(to: file) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == content)
    }

    @Test func `is refused when a byte of it is another, or it is cut off`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        _ = try await place.open(clock).backup(to: file)
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        for offset in Array(0..<200) + [300, good.count / 2, good.count - 1] {
            var bad = good
            bad[offset] ^= 1
            try TemporaryStore.write(bad, to: file)
            #expect(throws: KeyError(.storeRefused, ""), "offset \(offset)") {
                _ = try KeyStore.verifyBackup(file, seal: .file(place.rootKey))
            }
            try TemporaryStore.write(good.prefix(offset), to: file)
            #expect(throws: KeyError(.storeRefused, ""), "length \(offset)") {
                _ = try KeyStore.verifyBackup(file, seal: .file(place.rootKey))
            }
        }
        let other = try TemporaryStore()
        try TemporaryStore.write(good, to: file)
        #expect(throws: KeyError(.storeRefused, "")) {
            _ = try KeyStore.verifyBackup(file, seal: .file(other.rootKey))
        }
    }

    @Test func `opens after the root key was rotated, and after it became a passphrase`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await store.backup(to: file)
        _ = try await store.rotateRoot()
        let restoration = try restore(file, place, isForced: true)
        _ = try await restoration.store.unwrap(wrapped, context: [:])
        _ = try await store.unwrap(wrapped, context: [:])
        #expect(try await place.open(clock).keys().count == 2)
    }

    @Test func `does not bring back what was destroyed since, or was to be`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        let gone = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/gone")).key
        let wrapped = try await store.generateDataKey(under: gone, byteCount: 32, context: [:]).wrapped
        let waiting = try await store.createKey(.encryptDecrypt).key
        _ = try await store.backup(to: file)
        _ = try await store.scheduleDeletion(gone, days: 7)
        clock.advance(days: 7)
        #expect(try await store.destroyDue().map(\.key) == [gone])
        let due = try await store.scheduleDeletion(waiting).deletionDate
        let restoration = try restore(file, place, isForced: true)
        #expect(restoration.isKnowingDestructions && restoration.destroyed.map(\.key) == [gone])
        for store in [store, restoration.store, try place.open(clock)] {
            await #expect(throws: KeyError(.notFound, "")) { _ = try await store.unwrap(wrapped, context: [:]) }
            await #expect(throws: KeyError(.notFound, "")) { _ = try await store.describe(try KeyID("alias/gone")) }
            #expect(try await store.describe(waiting).deletionDate == due)
        }
        clock.advance(days: 30)
        #expect(try await place.open(clock).keys().count == 2)
    }

    @Test func `destroys what was to be destroyed, where its time is over`() async throws {
        let place = try TemporaryStore()
        let file = place.folder + "/b"
        let store = try place.open(clock)
        let key = try await store.scheduleDeletion(alias).key
        _ = try await store.backup(to: file)
        try place.lose()
        clock.advance(days: 31)
        let restoration = try restore(file, place)
        #expect(restoration.destroyed.map(\.key) == [key])
        #expect(try await restoration.store.keys().map(\.aliases) == [["alias/default-mac"]])
    }

    @Test func `takes the place of a store only when forced, and only of its own`() async throws {
        let (place, other) = (try TemporaryStore(), try TemporaryStore())
        let file = place.folder + "/b"
        let store = try place.open(clock)
        _ = try await store.backup(to: file)
        _ = try await store.rotate(alias)
        let generation = try store.generation
        do {
            _ = try restore(file, place)
            Issue.record("a store was replaced")
        } catch let error as KeyError {
            #expect(error.code == .alreadyExists && error.message.contains("one version of a key"))
        }
        #expect(try store.generation == generation)
        _ = try restore(file, place, isForced: true)
        #expect(try store.generation == generation + 1)
        #expect(try await store.describe(alias).versions.count == 1)
        let seal = RootSeal.file(place.rootKey)
        try FileManager.default.removeItem(atPath: other.rootKey)
        try FileManager.default.copyItem(atPath: place.rootKey, toPath: other.rootKey)
        try FileManager.default.removeItem(atPath: other.home)
        _ = try KeyStore.create(at: other.home, seal: seal)
        #expect(throws: KeyError(.alreadyExists, "")) {
            _ = try KeyStore.restore(file, at: other.home, seal: seal, isForced: true)
        }
    }

    private func restore(_ file: String, _ place: TemporaryStore, isForced: Bool = false) throws -> Restoration {
        try KeyStore.restore(
            file, at: place.home, seal: .file(place.rootKey), isForced: isForced, clock: { [clock] in clock.now })
    }
}
