import Coffer
import CofferCrypto
import CofferKMS
import CofferTesting
import Foundation
import Testing

@Suite struct `An access key` {
    private func new(_ name: String = "etl", roles: [Role] = [.keyUser]) throws -> NewAccessKey {
        try NewAccessKey(
            name: name, roles: roles, policy: #"{"Version":"2012-10-17","Statement":[]}"#,
            tags: [KeyTag(name: "team", value: "crm")])
    }

    private static func text(_ secret: borrowing SecretBytes) -> String {
        secret.withBytes { bytes in
            String(decoding: unsafe bytes.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self)
        }
    }

    @Test func `has the form of AWS and is known to every process`() async throws {
        let place = try TemporaryStore()
        let (store, other) = (try place.open(), try place.open())
        let made = try await store.createAccessKey(try new())
        let (id, secret) = (made.id, Self.text(made.secret))
        #expect(id.wholeMatch(of: /AKIA[A-Z2-7]{16}/) != nil)
        #expect(secret.wholeMatch(of: /[A-Za-z0-9+\/]{40}/) != nil)
        for store in [store, other, try place.open()] {
            let key = try #require(try store.accessKey(id))
            #expect(Self.text(key.secret) == secret)
            let realm = try Realm(account: "123456789012", region: "eu-central-1")
            let principal = key.principal(in: realm)
            #expect(principal.arn == "arn:aws:iam::123456789012:user/etl")
            #expect(principal.accessKeyID == id && principal.tags == ["team": "crm"])
            #expect(key.roles == [.keyUser] && key.policy?.isEmpty == false)
        }
        #expect(try store.accessKey("AKIAAAAAAAAAAAAAAAAA") == nil)
        #expect(try store.accessKey("") == nil)
    }

    @Test func `is not in the files of the store in the clear`() async throws {
        let place = try TemporaryStore()
        let secret = Self.text(try await place.open().createAccessKey(try new()).secret)
        #expect(try place.files(holding: Data(secret.utf8)).isEmpty)
        #expect(try place.files(holding: Data("team".utf8)).isEmpty == false)
    }

    @Test func `that is revoked is no good in any process, for good`() async throws {
        let place = try TemporaryStore()
        let (store, other) = (try place.open(), try place.open())
        let (id, kept) = (
            try await store.createAccessKey(try new()).id, try await store.createAccessKey(try new("b")).id
        )
        #expect(try other.accessKey(id) != nil)
        let revoked = try await store.revokeAccessKey(id)
        #expect(revoked.revoked != nil)
        #expect(try store.accessKey(id) == nil)
        #expect(try other.accessKey(id) == nil)
        #expect(try place.open().accessKey(id) == nil)
        #expect(try other.accessKey(kept) != nil)
        #expect(try await store.revokeAccessKey(id) == revoked)
        #expect(try await other.accessKeys().map(\.id) == [kept, id])
        await #expect(throws: KeyError(.notFound, "")) { try await store.revokeAccessKey("AKIAAAAAAAAAAAAAAAAA") }
    }

    @Test func `that was revoked after a backup stays so when that is restored`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let (id, kept) = (
            try await store.createAccessKey(try new()).id, try await store.createAccessKey(try new("b")).id
        )
        _ = try await store.backup(to: place.folder + "/b")
        try await store.revokeAccessKey(id)
        let restored = try KeyStore.restore(
            place.folder + "/b", at: place.home, seal: .file(place.rootKey), isForced: true
        ).store
        #expect(try restored.accessKey(id) == nil)
        #expect(try restored.accessKey(kept) != nil)
    }

    @Test func `works under a new root key`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let made = try await store.createAccessKey(try new())
        let secret = Self.text(made.secret)
        let revoked = try await store.createAccessKey(try new()).id
        try await store.revokeAccessKey(revoked)
        _ = try await store.rotateRoot()
        #expect(Self.text(try #require(try place.open().accessKey(made.id)).secret) == secret)
        #expect(try place.open().accessKey(revoked) == nil)
    }

    @Test func `remembers its last use to a quarter of an hour`() async throws {
        let (place, clock) = (try TemporaryStore(), TestClock())
        let store = try place.open(clock)
        let id = try await store.createAccessKey(try new()).id
        #expect(try await store.accessKeys()[0].lastUsed == nil)
        store.noteUse(ofAccessKey: id)
        store.noteUse(ofAccessKey: "AKIAAAAAAAAAAAAAAAAA")
        while try await store.accessKeys()[0].lastUsed == nil { await Task.yield() }
        let (first, generation) = (clock.now, try store.generation)
        clock.advance(seconds: 899)
        for _ in 0..<100 { store.noteUse(ofAccessKey: id) }
        #expect(try await place.open(clock).accessKeys()[0].lastUsed == first)
        #expect(try store.generation == generation)
        clock.advance(seconds: 1)
        store.noteUse(ofAccessKey: id)
        while try await store.accessKeys()[0].lastUsed == first { await Task.yield() }
        #expect(try await store.accessKeys()[0].lastUsed == clock.now)
    }

    @Test(arguments: ["", "a b", "a/b", "é", "a\n", String(repeating: "a", count: 65), "a\0", "*"])
    func `has no name that an ARN could not hold`(name: String) {
        #expect(throws: KeyError(.invalidName, "")) { _ = try NewAccessKey(name: name) }
    }

    @Test func `has a policy and tags within bounds`() throws {
        let long = String(repeating: "a", count: 32 * 1024 + 1)
        #expect(throws: KeyError(.limitExceeded, "")) { _ = try NewAccessKey(name: "a", policy: long) }
        let tag = try KeyTag(name: "a", value: "b")
        #expect(throws: KeyError(.invalidArgument, "")) { _ = try NewAccessKey(name: "a", tags: [tag, tag]) }
    }
}
