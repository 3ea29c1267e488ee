import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import GRDB
import Testing

@testable import CofferKMS

@Suite struct `An altered key store` {
    private let alias = try! KeyID("alias/default")

    /// A store with a row in every table.
    private func place() async throws -> TemporaryStore {
        let place = try TemporaryStore()
        let store = try place.open()
        let key = try await store.rotate(alias).key
        _ = try await store.setRotation(of: alias, days: 90)
        _ = try await store.tag(alias, [try KeyTag(name: "team", value: "crm")])
        _ = try await store.setDescription(of: alias, "names")
        _ = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        store.close()
        try await store.putPolicy("{}", of: alias)
        _ = try await store.createGrant(
            NewGrant(
                key: alias, grantee: "arn:aws:iam::000000000000:user/a", retiring: "arn:aws:iam::000000000000:user/b",
                issuer: "arn:aws:iam::000000000000:root", operations: [.decrypt],
                constraints: .init(equals: ["a": "b"], subset: ["a": "b"]), name: "n"))
        let accessKey = try await store.createAccessKey(
            NewAccessKey(name: "etl", roles: [.keyUser], policy: "{}", tags: [try KeyTag(name: "a", value: "b")])
        ).id
        store.noteUse(ofAccessKey: accessKey)
        while try await store.accessKeys()[0].lastUsed == nil { await Task.yield() }
        _ = try await store.scheduleDeletion(try await store.createKey(.encryptDecrypt).key)
        _ = try await store.createKey(NewKey(usage: .signVerify, spec: .ed25519, alias: try AliasName("alias/signing")))
        try await store.updateAlias(try AliasName("alias/default"), to: key)
        try await store.record(
            KeyUse(catalogue: "c", location: "l", dataset: "d", keys: [.init(key: key, version: 1)]))
        let id = try #require(KeyUUID(key.localName))
        try await store.change { $0.note(.rotated, id, version: 2, at: 1, .system) }
        _ = try await store.rotateRoot()
        return place
    }

    @Test(arguments: [
        "UPDATE keys SET enabled = 0", "UPDATE keys SET usage = 'ENCRYPT_DECRYPT'", "UPDATE keys SET created = 1",
        "UPDATE keys SET id = '00000000-0000-4000-8000-000000000000' WHERE usage = 'GENERATE_VERIFY_MAC'",
        "UPDATE versions SET enabled = 0", "UPDATE versions SET created = 1",
        "UPDATE versions SET number = number + 10",
        "UPDATE versions SET material = zeroblob(16)", "UPDATE versions SET sealed = zeroblob(length(sealed))",
        "UPDATE versions SET mac = zeroblob(32)", "UPDATE versions SET mac = x''",
        "UPDATE aliases SET name = 'alias/x' WHERE name = 'alias/default'",
        "UPDATE aliases SET key = (SELECT id FROM keys WHERE usage = 'GENERATE_VERIFY_MAC')",
        "UPDATE catalogue_uses SET version = 2", "UPDATE catalogue_uses SET location = 'm'",
        "UPDATE catalogue_uses SET dataset = 'm'", "UPDATE catalogue_uses SET catalogue = 'm'",
        "UPDATE rotations SET days = 2560", "UPDATE rotations SET next = next + 1", "DELETE FROM rotations",
        "UPDATE tags SET value = 'x'", "UPDATE tags SET name = 'x'", "DELETE FROM tags",
        "UPDATE descriptions SET description = 'x'", "DELETE FROM descriptions",
        "UPDATE last_uses SET used = 1", "UPDATE last_uses SET operation = 'x'", "DELETE FROM last_uses",
        "UPDATE policies SET document = '{ }'", "DELETE FROM policies",
        "UPDATE policies SET key = (SELECT id FROM keys WHERE usage = 'GENERATE_VERIFY_MAC')",
        "UPDATE grants SET id = '0' || substr(id, 2) || '0'", "UPDATE grants SET grantee = grantee || 'x'",
        "UPDATE grants SET retiring = ''", "UPDATE grants SET issuer = 'x'", "UPDATE grants SET operations = 'Encrypt'",
        "UPDATE grants SET context_equals = ''", "UPDATE grants SET context_subset = ''", "UPDATE grants SET name = ''",
        "UPDATE grants SET created = 1", "UPDATE grants SET token = zeroblob(32)", "DELETE FROM grants",
        "UPDATE access_keys SET id = 'AKIAAAAAAAAAAAAAAAAA'", "UPDATE access_keys SET name = 'x'",
        "UPDATE access_keys SET roles = 'admin'", "UPDATE access_keys SET policy = ''",
        "UPDATE access_keys SET tags = ''", "UPDATE access_keys SET created = 1",
        "UPDATE access_keys SET revoked = 1, sealed = x''", "UPDATE access_keys SET sealed = zeroblob(68)",
        "DELETE FROM access_keys", "UPDATE access_key_uses SET used = 1", "DELETE FROM access_key_uses",
        "UPDATE key_kinds SET spec = 'ECC_NIST_P256'", "UPDATE key_kinds SET origin = 'EXTERNAL'",
        "DELETE FROM key_kinds",
        "UPDATE rotated SET kind = 'AUTOMATIC'", "UPDATE rotated SET number = 1", "DELETE FROM rotated",
        "UPDATE alias_updates SET updated = 1", "DELETE FROM alias_updates",
        "UPDATE due_events SET id = 'x'", "UPDATE due_events SET kind = 'destroyed'",
        "UPDATE due_events SET version = 1", "UPDATE due_events SET happened = 2", "UPDATE due_events SET tried = 0",
        "UPDATE due_events SET key = (SELECT id FROM keys WHERE usage = 'GENERATE_VERIFY_MAC')",
        "DELETE FROM due_events",
        "UPDATE token_keys SET until = until + 1", "UPDATE token_keys SET root = x'00'",
        "UPDATE token_keys SET sealed = zeroblob(length(sealed))", "DELETE FROM token_keys",
        "UPDATE deletions SET due = due - 1", "DELETE FROM deletions",
        "UPDATE deletions SET key = (SELECT id FROM keys WHERE usage = 'GENERATE_VERIFY_MAC')",
        "UPDATE root SET generation = generation + 1", "UPDATE root SET generation = 1", "UPDATE root SET count = 1",
        "UPDATE root SET digest = zeroblob(32)", "UPDATE root SET mac = zeroblob(32)",
        "UPDATE root SET store = zeroblob(16)", "DELETE FROM root",
        "DELETE FROM keys WHERE usage = 'GENERATE_VERIFY_MAC'", "DELETE FROM versions WHERE number = 1",
        "DELETE FROM aliases WHERE name = 'alias/default'", "DELETE FROM catalogue_uses", "DELETE FROM seal",
        "UPDATE seal SET kind = 'none'", "UPDATE seal SET root_id = x'00'",
        "CREATE TABLE more (x)", "CREATE TRIGGER t AFTER INSERT ON keys BEGIN DELETE FROM aliases; END",
        "CREATE VIEW v AS SELECT 1", "DROP TABLE catalogue_uses", "PRAGMA user_version = 9", "PRAGMA user_version = 1",
        "PRAGMA application_id = 1",
    ])
    func `does not open after`(sql: String) async throws {
        let place = try await place()
        try place.edit(sql)
        let sentence = try #require(try place.refusal())
        #expect(!sentence.contains("\n"))
    }

    @Test func `does not open with an older copy of one row`() async throws {
        let place = try TemporaryStore()
        _ = try await place.open().rotate(alias)
        let row = try #require(try place.row("SELECT * FROM versions WHERE number = 2"))
        _ = try await place.open().setEnabled(false, alias, version: 2)
        try place.edit(
            "UPDATE versions SET enabled = ?, mac = ? WHERE number = 2",
            arguments: [row["enabled"] as Int64, row["mac"] as Data])
        #expect(try place.refusal() == "the key store was altered: a row is an older copy of itself")
    }

    @Test func `does not open with a removed row put back, or a row removed`() async throws {
        let place = try await place()
        try place.edit("DELETE FROM aliases WHERE name = 'alias/default'")
        #expect(try place.refusal() == "the key store was altered: rows were removed or added")
    }

    @Test func `does not open with a root row of an earlier generation`() async throws {
        let place = try TemporaryStore()
        let row = try #require(try place.row("SELECT * FROM root"))
        _ = try await place.open().rotate(alias)
        try place.edit(
            "UPDATE root SET generation = ?, count = ?, digest = ?, mac = ?",
            arguments: [
                row["generation"] as Int64, row["count"] as Int64, row["digest"] as Data, row["mac"] as Data,
            ])
        #expect(try place.refusal() == "the key store was altered: rows were removed or added")
    }

    @Test func `is noticed by a process that has it open, when it goes back to an earlier state`() async throws {
        let place = try TemporaryStore()
        let earlier = try Data(contentsOf: URL(fileURLWithPath: place.file))
        let store = try place.open()
        _ = try await store.rotate(alias)
        let other = try DatabaseQueue(path: place.file)
        let old = try DatabaseQueue()
        let copy = place.folder + "/copy.db"
        try earlier.write(to: URL(fileURLWithPath: copy))
        try DatabaseQueue(path: copy).backup(to: old)
        try old.backup(to: other)
        await #expect(throws: KeyError(.storeRefused, "")) { _ = try await store.rotate(alias) }
    }

    @Test func `is never sealed anew by a change`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let other = try DatabaseQueue(path: place.file)
        try await other.write { db in try db.execute(sql: "UPDATE keys SET enabled = 0") }
        _ = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/new"))
        #expect(throws: KeyError(.storeRefused, "")) { _ = try place.open() }
    }

    @Test(arguments: [0, 1, 100, 4096, 8191, 20000])
    func `does not open when it is cut off or overwritten`(at offset: Int) async throws {
        let place = try await place()
        var data = try Data(contentsOf: URL(fileURLWithPath: place.file))
        data.replaceSubrange(offset..<min(offset + 64, data.count), with: Data(count: min(64, data.count - offset)))
        try TemporaryStore.write(data, to: place.file)
        if try place.refusal() == nil { _ = try await place.open().keys() }
        try TemporaryStore.write(data.prefix(offset), to: place.file)
        #expect(throws: KeyError.self) { _ = try place.open() }
    }
}

@Suite struct `The root key` {
    private let alias = try! KeyID("alias/default")

    @Test func `of another store is refused`() throws {
        let (place, other) = (try TemporaryStore(), try TemporaryStore())
        #expect(
            try place.refusal(.file(other.rootKey))
                == "the root key in \(other.rootKey) is not the one of this key store")
    }

    @Test func `is refused when its file is gone, damaged, empty or long`() throws {
        let place = try TemporaryStore()
        let url = URL(fileURLWithPath: place.rootKey)
        let good = try String(contentsOf: url, encoding: .utf8)
        let bad = [
            "", "\n", "# nothing\n", String(good.dropLast(10)), good + "x",
            good.replacingOccurrences(of: "-1 ", with: "-2 "),
            good.uppercased(), String(repeating: "a", count: 5000), good + good,
        ]
        for text in bad.dropLast() {
            try text.write(to: url, atomically: false, encoding: .utf8)
            #expect(try place.refusal() != nil)
        }
        try bad.last!.write(to: url, atomically: false, encoding: .utf8)
        #expect(try place.refusal() == nil)
        try FileManager.default.removeItem(at: url)
        #expect(try place.refusal() == "the root key is not at \(place.rootKey)")
    }

    @Test func `is found by a flip of any of its bits`() throws {
        let place = try TemporaryStore()
        let url = URL(fileURLWithPath: place.rootKey)
        let good = try Data(contentsOf: url)
        // The line with the key, without its end: a label, an id and the key.
        for bit in (good.count - 75) * 8..<(good.count - 1) * 8 {
            var data = good
            data[bit / 8] ^= 1 << (bit % 8)
            try TemporaryStore.write(data, to: place.rootKey)
            #expect(try place.refusal() != nil, "bit \(bit)")
        }
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o620])
    func `and the store are refused when others may read or write them`(mode: Int) throws {
        for path in [\TemporaryStore.rootKey, \.file] {
            let place = try TemporaryStore()
            let path = place[keyPath: path]
            try TemporaryStore.setMode(mode, of: path)
            #expect(try place.refusal() == "\(path) is open to others than its owner")
            try TemporaryStore.setMode(0o600, of: path)
            #expect(try place.refusal() == nil)
        }
    }

    @Test func `is refused inside the folder of the store, and so is a folder that others may write to`() throws {
        let place = try TemporaryStore()
        let inside = place.home + "/root.key"
        try FileManager.default.copyItem(atPath: place.rootKey, toPath: inside)
        #expect(try place.refusal(.file(inside)) == "the root key is inside the folder of the key store")
        try TemporaryStore.setMode(0o777, of: place.home)
        #expect(try place.refusal() == "\(place.home) may be written by others than its owner")
        #expect(throws: KeyError(.storeRefused, "")) {
            _ = try KeyStore.create(at: place.folder + "/new", seal: .file(place.folder + "/new/root.key"))
        }
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/new/root.key"))
    }

    @Test func `can be a passphrase`() async throws {
        let seal = RootSeal.passphrase { Self.secret("correct horse battery") }
        let place = try TemporaryStore(seal)
        #expect(!FileManager.default.fileExists(atPath: place.rootKey))
        let store = try KeyStore.open(at: place.home, seal: seal)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await KeyStore.open(at: place.home, seal: seal).unwrap(wrapped, context: [:])
        #expect(
            try place.refusal(.passphrase { Self.secret("correct horse batterz") })
                == "the passphrase is not the one of this key store")
        #expect(try place.refusal(.file(place.rootKey)) == "this key store needs a passphrase")
        try place.edit("UPDATE seal SET log_n = 15")
        #expect(try place.refusal(seal) == "the passphrase is not the one of this key store")
        try place.edit("UPDATE seal SET log_n = 40")
        #expect(try place.refusal(seal) != nil)
    }

    @Test func `can't be a short passphrase`() {
        #expect(throws: KeyError(.invalidArgument, "")) {
            _ = try TemporaryStore(.passphrase { Self.secret("1234567") })
        }
    }

    private static func secret(_ text: String) -> SecretBytes {
        let bytes = Array(text.utf8)
        return unsafe SecretBytes(copying: bytes.span.bytes)
    }
}
