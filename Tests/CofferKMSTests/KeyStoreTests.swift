import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import GRDB
import Testing

@testable import CofferKMS

@Suite struct `A key store` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")

    @Test func `is a key management service`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let other = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/other"))
        let suite = KeyManagementConformance(store, encrypting: alias, another: other.key, mac: macAlias)
        #expect(await suite.failures() == [])
    }

    @Test func `unwraps after it was closed and opened again`() async throws {
        let place = try TemporaryStore()
        let wrapped = try await place.open().generateDataKey(under: alias, byteCount: 32, context: ["a": "b"]).wrapped
        _ = try await place.open().unwrap(wrapped, context: ["a": "b"])
    }

    /// A reader whose transaction began before two changes, and who compares with what is known after them, finds an older
    /// state in the file. That is no file put back by somebody.
    @Test func `reads on when changes overtake a reader`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let changes = { (count: Int) in
            for i in 0..<count {
                try store.changeAtOnce { $0.put(DescriptionRecord(id: $0.tables.keys.records.first!.id, text: "\(i)")) }
            }
        }
        let seen = store.current.state
        let found = try store.file.read { db in
            _ = try StoredState.rootRow(db)
            try changes(2)
            return try store.current.latest(db, store.source, since: seen)
        }
        #expect(found.root == seen.root)
        #expect(try store.generation == seen.root.generation + 2)

        let later = try store.file.read { db in
            let seen = store.current.state
            try changes(1)
            _ = try StoredState.rootRow(db)
            try changes(2)
            return try store.current.latest(db, store.source, since: seen)
        }
        #expect(later.root.generation == seen.root.generation + 3)
    }

    @Test func `takes no text that it could not read again`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let key = try await store.describe(alias).key
        for (location, dataset) in [("a\0b", "d"), ("a", "d\0e")] {
            let use = KeyUse(catalogue: "c", location: location, dataset: dataset, keys: [.init(key: key, version: 1)])
            await #expect(throws: KeyError(.invalidArgument, "")) { try await store.record(use) }
        }
        #expect(try await place.open().keys().count == 2)
    }

    @Test func `still unwraps what an older version wrapped after a rotation`() async throws {
        let store = try TemporaryStore().open()
        let first = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        let rotated = try await store.rotate(alias)
        #expect(rotated.versions.map(\.number) == [1, 2])
        let second = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        #expect(first.wrapped.version == 1 && second.wrapped.version == 2)
        let again = try await store.unwrap(first.wrapped, context: [:])
        let same = again.isEqual(to: first.plaintext)
        #expect(same)
    }

    @Test func `does not rotate a MAC key`() async throws {
        let store = try TemporaryStore().open()
        await #expect(throws: KeyError(.unsupported, "")) { _ = try await store.rotate(macAlias) }
        #expect(try await store.describe(macAlias).versions.count == 1)
    }

    @Test func `refuses a disabled version, and serves it again when it is enabled`() async throws {
        let store = try TemporaryStore().open()
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await store.rotate(alias)
        _ = try await store.setEnabled(false, alias, version: 1)
        await #expect(throws: KeyError(.disabled, "")) { _ = try await store.unwrap(wrapped, context: [:]) }
        _ = try await store.setEnabled(true, alias, version: 1)
        _ = try await store.unwrap(wrapped, context: [:])
    }

    @Test func `refuses a disabled key for everything but its description`() async throws {
        let store = try TemporaryStore().open()
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        for key in [alias, macAlias] { _ = try await store.setEnabled(false, key) }
        let disabled = KeyError(.disabled, "")
        await #expect(throws: disabled) { _ = try await store.unwrap(wrapped, context: [:]) }
        await #expect(throws: disabled) {
            _ = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        }
        await #expect(throws: disabled) { _ = try await store.rotate(alias) }
        await #expect(throws: disabled) { _ = try await store.mac([1], under: macAlias) }
        #expect(try await store.describe(alias).isEnabled == false)
    }

    @Test func `refuses to disable a version that a catalogue needs, unless forced`() async throws {
        let store = try TemporaryStore().open()
        let key = try await store.describe(alias).key
        _ = try await store.rotate(alias)
        func use(_ versions: [Int]) -> KeyUse {
            KeyUse(
                catalogue: "c1", location: "out/customers.csv", dataset: "customers",
                keys: Set(versions.map { KeyUse.Reference(key: key, version: $0) }))
        }
        try await store.record(use([1]))
        #expect(try await store.uses(of: alias, version: nil) == [use([1])])
        #expect(try await store.uses(of: alias, version: 2).isEmpty)
        await #expect(throws: KeyError(.inUse, "")) { _ = try await store.setEnabled(false, alias, version: 1) }
        await #expect(throws: KeyError(.inUse, "")) { _ = try await store.setEnabled(false, alias) }
        _ = try await store.setEnabled(false, alias, version: 2)
        _ = try await store.setEnabled(true, alias, version: 2)
        try await store.record(use([2]))
        _ = try await store.setEnabled(false, alias, version: 1)
        _ = try await store.setEnabled(false, alias, version: 2, isForced: true)
        try await store.record(use([]))
        #expect(try await store.uses(of: alias, version: nil).isEmpty)
    }

    @Test func `gives an alias to one key only`() async throws {
        let store = try TemporaryStore().open()
        let count = try await store.keys().count
        await #expect(throws: KeyError(.alreadyExists, "")) {
            _ = try await store.createKey(.encryptDecrypt, alias: try AliasName("alias/default"))
        }
        #expect(try await store.keys().count == count)
    }

    @Test func `suggests the alias that may have been meant`() async throws {
        let store = try TemporaryStore().open()
        for name in ["alias/defualt", "default"] {
            do {
                _ = try await store.describe(try KeyID(name))
                Issue.record("a key that is not there was found")
            } catch let error as KeyError {
                #expect(error.code == .notFound)
                #expect(error.hint == "did you mean alias/default?")
            }
        }
    }

    @Test func `is not made where one is`() throws {
        let place = try TemporaryStore()
        let before = try place.contents()
        #expect(throws: KeyError(.alreadyExists, "")) {
            _ = try KeyStore.create(at: place.home, seal: .file(place.rootKey))
        }
        #expect(try place.contents() == before)
    }

    @Test func `holds no key material in the clear`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let secret = try #require(try store.usable(alias, for: .encryptDecrypt).material.wrapping)
        #expect(Mirror(reflecting: secret).children.count == 1)
        let mac = try await store.mac([1], under: macAlias).withBytes { [UInt8](copying: $0) }
        for (_, content) in try place.contents() { #expect(content.range(of: Data(mac)) == nil) }
    }
}

@Suite struct `An alias` {
    @Test(arguments: ["alias/a", "alias/tenant-7", "alias/a/b_c", "alias/A9"])
    func `is letters, digits, slashes, underscores and hyphens`(text: String) throws {
        #expect(try AliasName(text).description == text)
    }

    @Test(arguments: ["", "a", "alias/", "alias/a b", "alias/é", "alias/a.b", "alias/aws/x", "alias/\u{0}", "Alias/a"])
    func `is nothing else`(text: String) {
        #expect(throws: KeyError(.invalidName, "")) { try AliasName(text) }
    }

    @Test func `has at most 256 characters`() throws {
        _ = try AliasName("alias/" + String(repeating: "a", count: 250))
        #expect(throws: KeyError(.invalidName, "")) { try AliasName("alias/" + String(repeating: "a", count: 251)) }
    }
}

@Suite struct `A key id` {
    @Test func `has one text form`() {
        let id = KeyUUID(.fixed(seed: 1))
        #expect(KeyUUID(id.description) == id)
        #expect(KeyUUID(id.description.uppercased()) == nil || id.description == id.description.uppercased())
        #expect(KeyUUID(id.description + "0") == nil)
        #expect(KeyUUID(String(id.description.dropLast())) == nil)
        #expect(KeyUUID(id.description.replacingOccurrences(of: "-", with: "")) == nil)
        #expect(id.bytes[6] >> 4 == 4 && id.bytes[8] >> 6 == 2)
    }
}

@Suite struct `The format of a wrapped key` {
    /// docs/specs/wrapped-key.md; made with another implementation.
    private static let wrapped = """
        01202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e
        4f505152535455565758595a5b8a3a645af9bc4e84efc559a4ea387917f6793dd68f6f0e6fca2e3ea7b35660ff463870
        7bf5313ed2f8dbbcaa4dbfff9c82f306aeddc57c71e001eeaf547cafe8fc20f6dfb83d309b62d741e33bd31945
        """

    @Test func `opens the vector of its specification`() throws {
        let material = WrappingSecret(SecretBytes(count: 32) { output in for i in 0..<32 { output.append(UInt8(i)) } })
        let text = Array(Self.wrapped.filter(\.isHexDigit))
        let bytes = stride(from: 0, to: text.count, by: 2).map { UInt8(String(text[$0...$0 + 1]), radix: 16)! }
        let format = try #require(WrappedKeyFormat(bytes))
        #expect(format.key.description == "20212223-2425-2627-2829-2a2b2c2d2e2f")
        #expect(format.material == Array(0x30..<0x40))
        let opened = try format.open(material, context: ["dataset": "customers", "purpose": "data-key"])
        #expect(opened.withBytes { [UInt8](copying: $0) } == Array(0x80..<0xa0))
        #expect(throws: KeyError(.notAuthentic, "")) {
            let opened = try format.open(material, context: [:])
            _ = opened.count
        }
    }
}
