import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import GRDB
import Testing

@testable import CofferKMS

@Suite struct `A new root key` {
    private let alias = try! KeyID("alias/default")

    @Test func `takes the place of the old one, and nothing is lost`() async throws {
        let place = try TemporaryStore()
        let (store, other) = (try place.open(), try place.open())
        let made = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        _ = store.lastUses.take()
        let generation = try store.generation
        let rotation = try await store.rotateRoot()
        #expect(rotation.previous != rotation.current)
        #expect(try store.generation == generation + 1)
        for store in [store, other, try place.open()] {
            let again = try await store.unwrap(made.wrapped, context: [:])
            let same = again.isEqual(to: made.plaintext)
            #expect(same)
        }
        // The other process can change things, too.
        _ = try await other.rotate(alias)
        #expect(try await store.describe(alias).versions.count == 2)
    }

    @Test func `leaves nothing under the old one in any file`() async throws {
        let place = try TemporaryStore()
        let sealed = try await DatabaseQueue(path: place.file).read { db in
            try Data.fetchAll(db, sql: "SELECT sealed FROM versions")
        }
        _ = try await place.open().rotateRoot()
        for sealed in sealed { #expect(try place.files(holding: sealed) == []) }
    }

    @Test func `stands in front of the others in its file, which older copies of the store need`() async throws {
        let place = try TemporaryStore()
        let copy = try TemporaryStore()
        try TemporaryStore.write(Data(contentsOf: URL(fileURLWithPath: place.file)), to: copy.file)
        let first = try await place.open().rotateRoot()
        let second = try await place.open().rotateRoot()
        #expect(first.current == second.previous)
        #expect(try ids(place) == [second.current, first.current, first.previous])
        _ = try KeyStore.open(at: copy.home, seal: .file(place.rootKey))
        let third = try await place.open().rotateRoot(isForgetting: true)
        #expect(try ids(place) == [third.current, second.current])
        #expect(throws: KeyError(.storeRefused, "")) {
            _ = try KeyStore.open(at: copy.home, seal: .file(place.rootKey))
        }
        _ = try place.open()
    }

    @Test func `is not made where its file can't hold it`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        for _ in 0..<60 {
            do {
                _ = try await store.rotateRoot()
            } catch let error as KeyError {
                #expect(error.code == .storeRefused && error.message == "\(place.rootKey) holds too many root keys")
                _ = try await store.rotate(alias)
                _ = try place.open()
                _ = try await store.rotateRoot(isForgetting: true)
                break
            }
        }
    }

    @Test func `is made by one at a time`() async throws {
        let place = try TemporaryStore()
        let stores = [try place.open(), try place.open(), try place.open()]
        try await withThrowingTaskGroup { group in
            for store in stores {
                group.addTask {
                    for _ in 0..<3 {
                        _ = try await store.rotateRoot()
                        _ = try await store.rotate(alias)
                        let made = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
                        _ = try await store.unwrap(made.wrapped, context: [:])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await place.open().describe(alias).versions.count == 10)
        #expect(try ids(place).count == 10)
    }

    @Test func `comes with a new passphrase, and the old one opens older copies only`() async throws {
        let (old, new) = (Self.passphrase("correct horse battery"), Self.passphrase("another horse battery"))
        let place = try TemporaryStore(old)
        let copy = try Data(contentsOf: URL(fileURLWithPath: place.file))
        let store = try KeyStore.open(at: place.home, seal: old)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await store.rotateRoot(to: .passphrase { Self.secret("another horse battery") })
        _ = try await store.unwrap(wrapped, context: [:])
        store.close()
        _ = try await KeyStore.open(at: place.home, seal: new).unwrap(wrapped, context: [:])
        #expect(try place.refusal(old) == "the passphrase is not the one of this key store")
        await #expect(throws: KeyError(.invalidArgument, "")) {
            _ = try await store.rotateRoot(to: .passphrase { Self.secret("short") })
        }
        let before = try TemporaryStore()
        try TemporaryStore.write(copy, to: before.file)
        _ = try KeyStore.open(at: before.home, seal: old)
    }

    @Test func `goes from a file to a passphrase and back`() async throws {
        let place = try TemporaryStore()
        let ask: @Sendable () throws -> SecretBytes = { Self.secret("correct horse battery") }
        let either = RootSeal(file: place.rootKey, passphrase: ask)
        let wrapped = try await place.open().generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await place.open().rotateRoot(to: .passphrase(ask))
        #expect(try place.refusal() == "this key store needs a passphrase")
        let store = try KeyStore.open(at: place.home, seal: either)
        _ = try await store.rotateRoot()
        _ = try await store.rotateRoot(to: .file)
        _ = try await place.open().unwrap(wrapped, context: [:])
    }

    /// The ids in the file, in their order.
    private func ids(_ place: TemporaryStore) throws -> [String] {
        try String(contentsOfFile: place.rootKey, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map { String($0.split(separator: " ")[1]) }
    }

    private static func passphrase(_ text: String) -> RootSeal { .passphrase { secret(text) } }

    private static func secret(_ text: String) -> SecretBytes {
        let bytes = Array(text.utf8)
        return unsafe SecretBytes(copying: bytes.span.bytes)
    }
}
