import Coffer
import CofferKMS
import CofferTesting
import Foundation
import Testing

private let etl = "arn:aws:iam::123456789012:user/etl"
private let boss = "arn:aws:iam::123456789012:user/boss"
private let root = "arn:aws:iam::123456789012:root"

@Suite struct `A grant` {
    private let key = try! KeyID("alias/default")
    private let macKey = try! KeyID("alias/default-mac")

    private func new(
        _ operations: [Grant.Operation] = [.decrypt, .generateDataKey], name: String? = nil, grantee: String = etl,
        constraints: Grant.Constraints = .init(subset: ["team": "crm"])
    ) -> NewGrant {
        NewGrant(
            key: key, grantee: grantee, retiring: boss, issuer: root, operations: operations, constraints: constraints,
            name: name)
    }

    @Test func `is kept as it was given, for every process`() async throws {
        let place = try TemporaryStore()
        let made = try await place.open().createGrant(new(name: "nightly"))
        #expect(made.grant.id.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(!made.isOld)
        let store = try place.open()
        #expect(try await store.grants(of: key) == [made.grant])
        #expect(try store.grant(made.grant.id, of: key) == made.grant)
        #expect(made.grant.grantee == etl && made.grant.retiring == boss && made.grant.issuer == root)
        #expect(made.grant.operations == [.decrypt, .generateDataKey])
        #expect(made.grant.constraints == .init(subset: ["team": "crm"]) && made.grant.name == "nightly")
        #expect(try await made.grant.key == store.describe(key).key)
    }

    @Test func `keeps constraints apart that differ`() async throws {
        let store = try TemporaryStore().open()
        for constraints in [
            Grant.Constraints(), .init(equals: [:]), .init(subset: [:]), .init(equals: ["é\"\\": "\n"]),
        ] {
            let made = try await store.createGrant(new(constraints: constraints))
            #expect(try store.grant(made.grant.id, of: key).constraints == constraints)
        }
    }

    @Test func `with a name is given once, and has a new token each time`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let first = try await store.createGrant(new(name: "n"))
        let again = try await place.open().createGrant(new([.generateDataKey, .decrypt], name: "n"))
        #expect(again.isOld && again.grant == first.grant && again.token != first.token)
        for other in [
            new(name: "m"), new(), new(), new([.decrypt], name: "n"), new(name: "n", grantee: boss),
            new(name: "n", constraints: .init(equals: ["team": "crm"])),
        ] {
            #expect(try await store.createGrant(other).isOld == false)
        }
        #expect(try await store.grants(of: key).count == 7)
    }

    @Test func `is found by its tokens and by nothing like them`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let (one, two) = (try await store.createGrant(new()), try await store.createGrant(new()))
        #expect(try place.open().grant(token: one.token) == one.grant)
        #expect(try store.grant(token: two.token) == two.grant)
        _ = try await store.rotateRoot()
        #expect(try place.open().grant(token: one.token) == one.grant)
        let bytes = try #require(Data(base64Encoded: one.token))
        for i in bytes.indices {
            var other = bytes
            other[i] ^= 1
            #expect(throws: KeyError(.invalidGrantToken, "")) { try store.grant(token: other.base64EncodedString()) }
        }
        for text in ["", "x", String(one.token.dropLast()), one.token + "=", String(repeating: "A", count: 8192)] {
            #expect(throws: KeyError(.invalidGrantToken, "")) { try store.grant(token: text) }
        }
        try await store.revokeGrant(one.grant.id, of: key)
        #expect(throws: KeyError(.invalidGrantToken, "")) { try store.grant(token: one.token) }
    }

    @Test func `is listed by key, by grantee, by id and by who may retire it`() async throws {
        let store = try TemporaryStore().open()
        let (one, two) = (try await store.createGrant(new()), try await store.createGrant(new(grantee: boss)))
        var third = new([.generateMac], constraints: .init())
        third.key = macKey
        third.retiring = etl
        let mac = try await store.createGrant(third).grant
        #expect(try await Set(store.grants(of: key)) == [one.grant, two.grant])
        #expect(try await store.grants(of: key, grantee: boss) == [two.grant])
        #expect(try await store.grants(of: key, id: one.grant.id) == [one.grant])
        #expect(try await store.grants(of: macKey, id: one.grant.id) == [])
        #expect(try await Set(store.grants(retirableBy: boss)) == [one.grant, two.grant])
        #expect(try await store.grants(retirableBy: etl) == [mac])
        await #expect(throws: KeyError(.notFound, "")) { _ = try await store.grants(of: KeyID("alias/none")) }
    }

    @Test func `ends for every process when it is retired or revoked, though its key is disabled`() async throws {
        let place = try TemporaryStore()
        let (store, other) = (try place.open(), try place.open())
        let (one, two) = (try await store.createGrant(new()), try await store.createGrant(new()))
        _ = try await store.setEnabled(false, key)
        try await store.retireGrant(one.grant.id, of: key)
        #expect(try await other.grants(of: key) == [two.grant])
        _ = try await store.scheduleDeletion(key)
        try await store.revokeGrant(two.grant.id, of: key)
        #expect(try await other.grants(of: key) == [])
        await #expect(throws: KeyError(.noSuchGrant, "")) { try await store.retireGrant(one.grant.id, of: key) }
        await #expect(throws: KeyError(.noSuchGrant, "")) { try await store.revokeGrant("", of: macKey) }
    }

    @Test func `and the policy go with their key`() async throws {
        let (place, clock) = (try TemporaryStore(), TestClock())
        let store = try place.open(clock)
        let made = try await store.createGrant(new())
        try await store.putPolicy("{}", of: key)
        _ = try await store.scheduleDeletion(key, days: 7)
        clock.advance(days: 7)
        #expect(try await store.destroyDue().count == 1)
        #expect(throws: KeyError(.invalidGrantToken, "")) { try store.grant(token: made.token) }
        #expect(try await store.grants(retirableBy: boss) == [])
        for table in ["grants", "policies"] {
            let row = try place.row("SELECT * FROM \(table)")
            #expect(row == nil)
        }
    }

    @Test func `is refused for keys in another state and operations of other keys`() async throws {
        let store = try TemporaryStore().open()
        let wrong: [[Grant.Operation]] = [[], [.sign], [.decrypt, .generateMac]]
        for operations in wrong {
            await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.createGrant(new(operations)) }
        }
        await #expect(throws: KeyError(.invalidArgument, "")) {
            var mac = new([.generateMac])
            mac.key = macKey
            _ = try await store.createGrant(mac)
        }
        _ = try await store.setEnabled(false, key)
        await #expect(throws: KeyError(.disabled, "")) { _ = try await store.createGrant(new()) }
        _ = try await store.scheduleDeletion(key)
        await #expect(throws: KeyError(.pendingDeletion, "")) { _ = try await store.createGrant(new()) }
    }

    @Test(arguments: [
        "", "*", "etl", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/a b",
        "arn:" + String(repeating: "a", count: 300), "arn:aws:iam::123456789012:user/é",
    ])
    func `is for nobody who is not one principal`(grantee: String) async throws {
        let store = try TemporaryStore().open()
        await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.createGrant(new(grantee: grantee)) }
    }

    @Test func `has constraints and a name within bounds`() async throws {
        let store = try TemporaryStore().open()
        let nine = Dictionary(uniqueKeysWithValues: (0..<9).map { ("\($0)", "") })
        for constraints in [Grant.Constraints(equals: nine), .init(subset: ["a": String(repeating: "b", count: 384)])] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.createGrant(new(constraints: constraints))
            }
        }
        for name in ["", "a b", "é", String(repeating: "a", count: 257)] {
            await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.createGrant(new(name: name)) }
        }
    }
}

@Suite struct `The policy of a key` {
    private let key = try! KeyID("alias/default")

    @Test func `is kept to the byte, and is the default one until then`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        #expect(try await store.policy(of: key) == nil)
        let text = "{\n  \"é\": \"\\u00e9\"  }"
        try await store.putPolicy(text, of: key)
        #expect(try await place.open().policy(of: key) == text)
        let generation = try store.generation
        try await store.putPolicy(text, of: key)
        #expect(try store.generation == generation)
        try await store.putPolicy(nil, of: key)
        #expect(try await place.open().policy(of: key) == nil)
    }

    @Test func `has at most 32 KiB`() async throws {
        let store = try TemporaryStore().open()
        try await store.putPolicy(String(repeating: "a", count: 32 * 1024), of: key)
        await #expect(throws: KeyError(.limitExceeded, "")) {
            try await store.putPolicy(String(repeating: "é", count: 16 * 1024) + "a", of: key)
        }
        await #expect(throws: KeyError(.notFound, "")) { try await store.putPolicy("{}", of: KeyID("alias/none")) }
    }
}
