import Coffer
import CofferCrypto
import Testing

@testable import CofferPipeline

@Suite struct `A catalogue` {
    private func protected() async throws -> Protected {
        let uuid = Field("u", .fixedBinary(16), metadata: [.init("ARROW:extension:name", "arrow.uuid")])
        return try await protect(
            batch(
                try texts("id", ["1"]), try texts("t", ["a"]), try texts("v", ["x"]), try texts("d", ["y"]),
                try column(uuid, [Array(0..<16)]), try texts("m", ["z"]), try texts("h", ["z"]), try texts("k", ["w"])),
            policy([
                "id": "keep", "t": "keep", "v": ["encrypt": ["bind": "id"]],
                "d": ["encrypt": ["deterministic": "true"]],
                "u": "encrypt", "m": "mask", "h": "hash", "k": ["encrypt": ["key": "alias/tenant-{t}"]],
            ]))
    }

    @Test func `is the same after a journey as JSON`() async throws {
        let catalogue = try await protected().catalogue
        let json = try catalogue.encode()
        #expect(try Catalogue(decoding: json) == catalogue)
        #expect(try Catalogue(decoding: json).encode() == json)
        #expect(catalogue.columns.map(\.path.description) == ["v", "d", "u", "m", "h", "k"])
    }

    private static let release = Catalogue.Release(
        k: 5, rows: 400, suppressed: 3, suppressionLimit: 16,
        levels: [.init(column: "age", level: 1, coarsest: 4, becomes: "to ranges of 5")],
        sensitive: [
            .init(
                column: "v", distinct: 3, entropy: 2.2, recursive: .init(c: 1.5, l: 2),
                closeness: .init(t: 0.3, distance: "ordered")),
            .init(column: "d", distinct: 2, entropy: nil, recursive: nil, closeness: nil),
        ])

    @Test func `remembers a release, and reads those from before there were any`() async throws {
        var catalogue = try await protected().catalogue
        #expect(!String(decoding: try catalogue.encode(), as: UTF8.self).contains("release"))
        catalogue.release = Self.release
        #expect(try Catalogue(decoding: catalogue.encode()) == catalogue)
    }

    @Test(arguments: [
        ("\"k\":5", "\"k\":1"), ("\"k\":5", "\"k\":5,\"more\":1"), ("\"rows\":400", "\"rows\":2"),
        ("\"suppressed\":3", "\"suppressed\":17"), ("\"suppressed\":3", "\"suppressed\":-1"),
        ("\"suppressed\":3,", ""), ("\"level\":1", "\"level\":5"), ("\"coarsest\":4", "\"coarsest\":1e9"),
        ("\"column\":\"age\"", "\"column\":\"v\""), ("\"column\":\"age\"", "\"column\":\"\""),
        ("\"entropy\":2.2", "\"entropy\":0.2"), ("\"l\":2", "\"l\":0"), ("\"t\":0.3", "\"t\":1.3"),
        ("\"distance\":\"ordered\"", "\"distance\":\"far\""), ("\"distinct\":3", "\"distinct\":0"),
        ("\"becomes\":\"to ranges of 5\"", "\"becomes\":\"\(String(repeating: "x", count: 5000))\""),
    ])
    func `is refused where its release makes no sense`(part: String, other: String) async throws {
        var catalogue = try await protected().catalogue
        catalogue.release = Self.release
        let json = String(decoding: try catalogue.encode(), as: UTF8.self)
        #expect(json.contains(part))
        #expect(isRefused(json.replacing(part, with: other, maxReplacements: 1)))
    }

    @Test func `names the KEK versions and MAC keys that it needs`() async throws {
        let use = try await protected().catalogue.keyUse(location: "here")
        #expect(
            use.keys.map(\.key.description).sorted() == [
                "coffer:memory-1", "coffer:memory-2", "coffer:memory-3",
            ])
        #expect(use.location == "here, dataset people")
        #expect(use.dataset == "people")
    }

    private func isRefused(_ json: String) -> Bool {
        do {
            _ = try Catalogue(decoding: Array(json.utf8))
            return false
        } catch { return error.code == .catalogue }
    }

    @Test func `is refused when it is no catalogue`() {
        for json in [
            "", "{}", "[]", "null", "\u{0}", "{\"format\":\"coffer/catalogue/2\"}",
            String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
            "\"" + String(repeating: "x", count: 100_000),
        ] {
            #expect(isRefused(json))
        }
        #expect(throws: PipelineError.self) { try Catalogue(decoding: [UInt8](repeating: 0x20, count: (64 << 20) + 1)) }
    }

    @Test(arguments: [
        ("\"format\":\"coffer/catalogue/1\"", "\"format\":\"coffer/catalogue/1\",\"more\":1"),
        ("\"version\":1", "\"version\":-1"), ("\"version\":1", "\"version\":1e99"),
        ("\"version\":1", "\"version\":\"1\""),
        ("\"suite\":\"aes-256-gcm\"", "\"suite\":\"none\""), ("\"tenant\":\"a\"", "\"tenant\":\"a/../b\""),
        ("coffer:memory-1\"", "\""), ("coffer:memory-1\"", "a b\""), ("\"path\":\"v\"", "\"path\":\"v..w\""),
        ("\"path\":\"v\"", "\"path\":\"d\""), ("\"format\":\"u\"", "\"format\":\"+s\""),
        ("\"format\":\"w:16\"", "\"format\":\"w:9999999999\""), ("\"format\":\"w:16\"", "\"format\":\"w:1025\""),
        ("\"format\":\"w:16\"", "\"format\":\"w:-1\""),
        ("\"format\":\"u\"", "\"format\":\"tsu:\(String(repeating: "x", count: 5000))\""),
        ("\"protection\":\"randomized\"", "\"protection\":\"plain\""), ("\"domain\":\"d\"", "\"domain\":\"nothing\""),
        ("\"type\":\"text\"", "\"type\":\"float\""), ("\"purpose\":\"hash\"", "\"purpose\":\"sign\""),
        ("\"columns\":", "\"segments\":"),
        ("\"dataset\":\"people\"", "\"dataset\":\"people\\u0000\""), ("\"check\":\"", "\"check\":\"AA"),
    ])
    func `is refused when a part of it is not as specified`(part: String, other: String) async throws {
        let json = String(decoding: try await protected().catalogue.encode(), as: UTF8.self)
        #expect(json.contains(part))
        let changed = json.replacing(part, with: other, maxReplacements: 1)
        #expect(isRefused(changed))
    }

    @Test func `cut off or altered anywhere never crashes`() async throws {
        let json = try await protected().catalogue.encode()
        for end in stride(from: 0, to: json.count, by: 7) {
            #expect(throws: PipelineError.self) { try Catalogue(decoding: Array(json[..<end])) }
        }
        for at in stride(from: 0, to: json.count, by: 5) {
            var changed = json
            changed[at] ^= 0x15
            _ = try? Catalogue(decoding: changed)
        }
    }

    @Test func `grows on append, and keeps what is in it`() async throws {
        let keys = TestKeys()
        let rules = try policy(["v": "encrypt"])
        let first = try await protect(batch(try texts("v", ["x"])), rules, keys: keys)
        let second = try await protect(batch(try texts("v", ["y"])), rules, keys: keys, onto: first.catalogue)
        #expect(second.catalogue.id == first.catalogue.id)
        #expect(second.catalogue.keys.count == 2)
        #expect(second.catalogue.segments.count == 2)
        for one in [first, second] {
            let read = Protected(batch: one.batch, catalogue: second.catalogue, keys: keys)
            #expect(strings(try await read.revealed()["v"]) == strings(try await one.revealed()["v"]))
        }
        let anew = try await protect(batch(try texts("v", ["z"])), rules, keys: keys)
        #expect(anew.catalogue.id != first.catalogue.id)
    }

    @Test func `refuses rows protected in another way than those that are there`() async throws {
        let keys = TestKeys()
        let first = try await protect(
            batch(try texts("id", ["1"]), try texts("v", ["x"])), policy(["id": "keep", "v": "encrypt"]), keys: keys)
        for rule in ["keep", "hash", ["encrypt": ["bind": "id"]]] as [Written] {
            let error = await refusal {
                _ = try await protect(
                    batch(try texts("id", ["1"]), try texts("v", ["x"])), policy(["id": "keep", "v": rule]), keys: keys,
                    onto: first.catalogue)
            }
            #expect(error?.message.hasPrefix("column v can't be added to the rows that are there") == true)
        }
        let error = await refusal {
            _ = try await protect(
                batch(try texts("id", ["1"]), try integers("v", [1])), policy(["id": "keep", "v": "encrypt"]),
                keys: keys,
                onto: first.catalogue)
        }
        #expect(error?.message.hasSuffix("its type was another before") == true)
    }

    @Test func `is rewrapped to a newer version or another key without touching a cell`() async throws {
        let protected = try await protected()
        for name in ["alias/default", "alias/tenant-a"] { try protected.keys.rotate(name) }
        let newer = try await protected.catalogue.rewrapped(
            dataset: "people", to: nil, allowed: .embeddedStore, keys: protected.keys)
        #expect(newer.keys.map(\.wrapped.version) == [2, 2])
        #expect(newer.segments == protected.catalogue.segments)
        #expect(strings(try await protected.revealed(catalogue: newer)["v"]) == ["x"])
        let other = try await newer.rewrapped(
            dataset: "people", to: KeyID("alias/other"), allowed: .embeddedStore, keys: protected.keys)
        let target = try await protected.keys.describe(KeyID("alias/other")).key
        #expect(Set(other.keys.map(\.wrapped.key)) == [target])
        try protected.keys.disable("alias/default")
        #expect(strings(try await protected.revealed(catalogue: other)["v"]) == ["x"])
        #expect(strings(try await protected.revealed(catalogue: other)["k"]) == ["w"])
    }

    @Test func `is not rewrapped under a key that the caller does not allow`() async throws {
        let protected = try await protected()
        for name in ["alias/default", "alias/tenant-a"] { try protected.keys.rotate(name) }
        let error = await refusal {
            _ = try await protected.catalogue.rewrapped(
                dataset: "people", to: nil, allowed: AllowedKeys(["alias/else"]), keys: protected.keys)
        }
        #expect(error?.code == .catalogue)
    }
}
