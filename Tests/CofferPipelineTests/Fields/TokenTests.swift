import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Synchronization
import Testing

@testable import CofferPipeline

@Suite struct `Random tokens` {
    @Test func `are random characters after a prefix, and differ each time`() {
        var text: [UInt8] = []
        TokenMaker(.prefixed("tok_"), randomness: .system).append([26, 26, 26], to: &text)
        let tokens = Set((0..<3).map { String(decoding: text[$0 * 26..<($0 + 1) * 26], as: UTF8.self) })
        #expect(tokens.count == 3)
        #expect(tokens.allSatisfy { $0.hasPrefix("tok_") && (try? Base64URL.decode($0.dropFirst(4)))?.count == 16 })
    }

    @Test(arguments: TokenFormat.Alphabet.allCases)
    func `use all characters of an alphabet about equally often`(alphabet: TokenFormat.Alphabet) {
        var text: [UInt8] = []
        let size = alphabet.characters.count
        TokenMaker(.like(alphabet), randomness: .system).append([Int](repeating: size, count: 2000), to: &text)
        #expect(text.count == 2000 * size)
        let counts = Dictionary(grouping: text, by: { $0 }).mapValues(\.count)
        #expect(Set(counts.keys) == Set(alphabet.characters))
        // 2000 of each are expected; ten standard deviations are 450.
        #expect(counts.values.allSatisfy { (1550...2450).contains($0) })
    }

    @Test func `are as long as the value has characters, where it is long enough`() {
        func count(_ text: String, _ format: TokenFormat) -> Int? {
            unsafe Array(text.utf8).withUnsafeBytes {
                unsafe TokenMaker(format, randomness: .system).byteCount(for: $0)
            }
        }
        #expect(count("123456", .like(.digits)) == 6)
        #expect(count("12345", .like(.digits)) == nil)
        #expect(count("çédille", .like(.letters)) == 7)
        #expect(count(String(repeating: "x", count: 4097), .like(.letters)) == nil)
        #expect(count("", .prefixed("")) == 22)
    }

    @Test(arguments: ["prefix tok_", "prefix ", "like digits", "like letters", "like alphanumeric"])
    func `have a form that is written as it is read`(text: String) { #expect(TokenFormat(text)?.description == text) }

    @Test(arguments: ["", "like", "like ", "like cards", "prefix a b", "prefix \u{e9}", "tok_"])
    func `have no other form`(text: String) { #expect(TokenFormat(text) == nil) }

    @Test(arguments: [("90d", 7_776_000_000), ("12h", 43_200_000), ("30m", 1_800_000), ("45s", 45_000)])
    func `live as long as it is written`(text: String, milliseconds: Int64) {
        #expect(TimeToLive.milliseconds(text) == milliseconds)
        #expect(TimeToLive.text(milliseconds) == text)
    }

    @Test(arguments: ["", "d", "0d", "-1d", "1", "1w", "1.5d", "36526d", "9999999999999d", "١d"])
    func `live no other time`(text: String) { #expect(TimeToLive.milliseconds(text) == nil) }
}

@Suite struct `The table of known tokens` {
    @Test func `finds each of many entries again, and forgets all of them at once`() {
        var table = TokenTable(capacity: 10_000)
        let digests = (0..<20_000).map { Digest.sha256(unsafe Array("\($0)".utf8).span.bytes) }
        func index(_ i: Int) -> TokenIndex { unsafe digests[i].withUnsafeBytes { unsafe TokenIndex($0.baseAddress!) } }
        for i in 0..<20_000 {
            let (position, isNew) = table.position(of: index(i))
            #expect(position == i && isNew)
            if i % 2 == 0 { unsafe Array("\(i)".utf8).withUnsafeBytes { unsafe table.set(position, $0) } }
        }
        for i in 0..<20_000 {
            let (position, isNew) = table.position(of: index(i))
            #expect(position == i && !isNew && table.isKnown(i) == (i % 2 == 0))
            let text = unsafe table.withBytes(at: i) { bytes in unsafe bytes.map { unsafe Array($0) } }
            #expect(text == (i % 2 == 0 ? Array("\(i)".utf8) : nil))
        }
        table.trim()
        #expect(table.count == 0)
    }
}

/// Vaults to test: a SQLite file, and PostgreSQL where it is there.
private enum Vaults {
    static let isThere = (try? ADBCDriver.open(.sqlite)) != nil
    static var kinds: [String] { ["sqlite"] + (TestCluster.isThere ? ["postgres"] : []) }

    /// Gives `body` a fresh vault, and a way to open it again.
    static func with(_ kind: String, _ body: (() throws -> any TokenVault) async throws -> Void) async throws {
        if kind == "sqlite" {
            let path = NSTemporaryDirectory() + "tokens-\(UUID().uuidString).db"
            defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
            try await body { try SQLiteVault.open(path, creates: true) }
        } else if let cluster = TestCluster.shared {
            // In a database of its own: tests of loads end every connection to theirs.
            func address(_ database: String) throws -> PostgresAddress {
                try PostgresAddress(
                    cluster.uri.replacingOccurrences(of: "/postgres?", with: "/\(database)?"), isSecret: false)
            }
            let connection = try PostgresSession.open(address("template1"), ADBCDriver.open(.postgresql))
            try connection.execute("DROP DATABASE IF EXISTS vaults WITH (FORCE)")
            try connection.execute("CREATE DATABASE vaults TEMPLATE template0")
            try await body { try PostgresVault.open(address("vaults"), creates: true) }
        }
    }
}

/// Remembers what keys are needed.
private final class Uses: KeyUses {
    let noted = Mutex<[KeyUse]>([])
    func record(_ use: KeyUse) { noted.withLock { $0.append(use) } }
    func uses(of key: KeyID, version: Int?) -> [KeyUse] { [] }
}

@Suite(.enabled(if: Vaults.isThere), .serialized) struct `A token vault` {
    private let keys = TestKeys()
    private let uses = Uses()

    private func protect(
        _ batches: [RecordBatch], _ rule: Written, _ vault: any TokenVault, now: Int64 = 1000, onto: Catalogue? = nil
    ) async throws -> (batches: [RecordBatch], catalogue: Catalogue) {
        let policy = try policy(["v": ["tokenize": rule]])
        let plan = try FieldPlan(policy, schema: batches[0].schema, dataset: "people", cells: .binary)
        let session = try await plan.begin(
            keys: keys, catalogue: onto, mode: onto == nil ? .replace : .extend,
            tokens: TokenRun(vault, uses: uses, now: now))
        var rows = 0
        var places: [(batch: RecordBatch, firstRow: Int)] = []
        for batch in batches {
            places.append((batch, rows))
            rows += batch.rowCount
        }
        let grouped = places
        try await Blocking.run { try session.prepareTokens(grouped) }
        let protected = try places.map { try session.protect($0.batch, firstRow: $0.firstRow) }
        try session.commitTokens()
        return (protected, session.catalogue())
    }

    private func reveal(
        _ batch: RecordBatch, _ catalogue: Catalogue, _ vault: any TokenVault, now: Int64 = 1000,
        allowed: AllowedKeys = .embeddedStore, onFailure: RevealFailure = .stop
    ) async throws -> RecordBatch {
        let travelled = try Catalogue(decoding: try catalogue.encode())
        let plan = try RevealPlan(
            travelled, schema: batch.schema, dataset: "people", columns: nil, allowed: allowed, onFailure: onFailure)
        let session = try await plan.begin(keys: keys, vault: vault, now: now)
        try await Blocking.run { try session.prepareTokens([(batch, 0)]) }
        if try session.needsPreparation(batch) { try await session.prepare(batch) }
        return try session.reveal(batch, firstRow: 0)
    }

    @Test(arguments: Vaults.kinds)
    func `gives every type its values back`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let vault = try open()
            for sample in Sample.all where sample.texts != nil || sample.field.type == .binary {
                let batch = batch(try column(sample.field, sample.values))
                let (protected, catalogue) = try await protect(
                    [batch], ["domain": .text(sample.field.boundType)], vault)
                let tokens = protected[0].columns[0]
                for i in 0..<tokens.length {
                    #expect(tokens.isNull(i) == (sample.values[i] == nil))
                    if !tokens.isNull(i) { #expect(strings(tokens)[i]?.hasPrefix("tok_") == true) }
                }
                let revealed = try await reveal(protected[0], catalogue, vault)
                #expect(bytes(revealed["v"]) == sample.values, "\(sample.testDescription)")
                #expect(revealed["v"].field == sample.field.valueField)
            }
        }
    }

    @Test(arguments: Vaults.kinds)
    func `gives equal values of all batches one token, in this run and the next`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let texts = (0..<500).map { "value \($0 % 40)" }
            let batches = [try lines(texts), try lines(texts.reversed())]
            let (first, catalogue) = try await protect(batches, [:], open())
            let tokens = strings(first[0]["v"])
            #expect(Set(tokens).count == 40)
            #expect(strings(first[1]["v"]) == tokens.reversed())
            let (again, merged) = try await protect(batches, [:], open(), onto: catalogue)
            #expect(strings(again[0]["v"]) == tokens)
            #expect(merged.domains == catalogue.domains && merged.vault == catalogue.vault)
            #expect(try open().keys().count == 1, "a run without a new value adds no key")
            // The key store was told of the data key before it counted.
            #expect(uses.noted.withLock { $0.count } == 1)
            #expect(uses.noted.withLock { $0.first?.wrapped.count } == 1)
        }
    }

    @Test(arguments: Vaults.kinds)
    func `draws again where a token is taken, and says when there is none left`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let vault = try open()
            // The same random characters for whole batches: every value draws what another one has.
            let stuck = Randomness { span in
                for i in 0..<span.byteCount { span.storeBytes(of: 7, toByteOffset: i, as: UInt8.self) }
            }
            let policy = try policy(["v": ["tokenize": ["like": "digits"]]])
            let batch = try lines(["111111", "222222"])
            let plan = try FieldPlan(policy, schema: batch.schema, dataset: "people", cells: .binary)
            let session = try await plan.begin(
                keys: keys, catalogue: nil, mode: .replace, tokens: TokenRun(vault, uses: uses, now: 1000),
                randomness: stuck)
            let error = await refusal { try await Blocking.run { try session.prepareTokens([(batch, 0)]) } }
            #expect(error?.message.contains("no free tokens") == true)
        }
    }

    @Test(arguments: Vaults.kinds)
    func `turns a token back until its time is over, by the clock it is given`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let vault = try open()
            let source = try lines(["a", "b"])
            let (protected, catalogue) = try await protect([source], ["ttl": "10s"], vault, now: 5_000)
            _ = try await reveal(protected[0], catalogue, vault, now: 14_999)
            let error = await refusal { _ = try await reveal(protected[0], catalogue, vault, now: 15_000) }
            #expect(error?.code == .notAuthentic)
            let (later, _) = try await protect([source], ["ttl": "10s"], vault, now: 15_000)
            #expect(strings(later[0]["v"])[0] != strings(protected[0]["v"])[0])
            let count = try vault.counts(now: 15_000).first
            #expect(count?.tokens == 2 && count?.expired == 0 && count?.newest == 15_000)
        }
    }

    @Test(arguments: Vaults.kinds)
    func `deletes by token and by value, all occurrences of a single use`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let vault = try open()
            let (protected, _) = try await protect([try lines(["a", "b", "a", "c"])], ["single_use": "true"], vault)
            let tokens = strings(protected[0]["v"]).compactMap(\.self)
            #expect(Set(tokens).count == 4)
            let work = VaultWork(vault, keys: OnlyKeys(keys, uses), now: 2000)
            try await Blocking.run { () throws in
                #expect(try work.values(of: tokens, in: "v") == ["a", "b", "a", "c"].map { Array($0.utf8) })
                #expect(try work.delete(values: ["a", "nobody's"], in: "v") == 2)
                #expect(try work.delete(tokens: [tokens[1], "unknown"], in: "v") == 1)
                #expect(try work.values(of: tokens, in: "v") == [nil, nil, nil, Array("c".utf8)])
                #expect(throws: PipelineError.self) { try work.values(of: tokens, in: "w") }
            }
        }
    }

    @Test(arguments: Vaults.kinds)
    func `never gives a token to another value, though it was deleted or has expired`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let vault = try open()
            // Who draws, draws 777777. Only the ids of keys, of 16 bytes, differ.
            let stuck = Randomness { span in
                for i in 0..<span.byteCount {
                    let byte = span.byteCount == 16 ? UInt8.random(in: 0...255) : 7
                    span.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
                }
            }
            func tokenize(_ value: String, now: Int64, domain: String) async throws -> String? {
                let options: Written = ["like": "digits", "ttl": "10s", "domain": .text(domain)]
                let batch = try lines([value])
                let plan = try FieldPlan(
                    policy(["v": ["tokenize": options]]), schema: batch.schema, dataset: "people", cells: .binary)
                let session = try await plan.begin(
                    keys: keys, catalogue: nil, mode: .replace, tokens: TokenRun(vault, uses: uses, now: now),
                    randomness: stuck)
                try await Blocking.run { try session.prepareTokens([(batch, 0)]) }
                return strings(try session.protect(batch, firstRow: 0)["v"])[0]
            }
            for domain in ["deleted", "expired"] {
                #expect(try await tokenize("111111", now: 1000, domain: domain) == "777777")
            }
            let work = VaultWork(vault, keys: OnlyKeys(keys, uses), now: 20_000)
            try await Blocking.run { () throws in
                #expect(try work.delete(values: ["111111"], in: "deleted") == 1)
                #expect(try work.delete(values: ["111111"], in: "deleted") == 0)
                #expect(try work.purge("expired") == 1)
                #expect(try work.purge(nil) == 0)
                #expect(try work.delete(tokens: ["777777"], in: "deleted") == 0)
                for domain in ["deleted", "expired"] {
                    #expect(try work.values(of: ["777777"], in: domain) == [nil])
                }
            }
            #expect(try vault.counts(now: 20_000).allSatisfy { $0.tokens == 0 && $0.expired == 0 && $0.oldest == nil })
            for domain in ["deleted", "expired"] {
                let error = await refusal { _ = try await tokenize("222222", now: 20_000, domain: domain) }
                #expect(error?.message.contains("no free tokens") == true)
            }
        }
    }

    @Test(arguments: Vaults.kinds)
    func `that another run purges or deletes from leaves a run with one token a value`(kind: String) async throws {
        try await Vaults.with(kind) { open in
            let batches = try (0..<3).map { _ in try lines(["a", "b", "c"]) }
            let plan = try FieldPlan(
                policy(["v": ["tokenize": ["ttl": "10s"]]]), schema: batches[0].schema, dataset: "people",
                cells: .binary)
            let vault = try open()
            let session = try await plan.begin(
                keys: keys, catalogue: nil, mode: .replace, tokens: TokenRun(vault, uses: uses, now: 1000))
            func prepare(_ i: Int) async throws -> [String?] {
                try await Blocking.run { try session.prepareTokens([(batches[i], i * 3)]) }
                return strings(try session.protect(batches[i], firstRow: i * 3)["v"])
            }
            let first = try await prepare(0)
            // While it runs a subject is deleted, ...
            let work = VaultWork(try open(), keys: OnlyKeys(keys, uses), now: 2000)
            try await Blocking.run { () throws in #expect(try work.delete(values: ["a"], in: "v") == 1) }
            #expect(try await prepare(1) == first)
            // ... and then the rest expires, is purged, and given other tokens by a later run.
            let (later, _) = try await protect([try lines(["a", "b", "c"])], ["ttl": "10s"], open(), now: 12_000)
            #expect(Set(strings(later[0]["v"])).isDisjoint(with: first))
            #expect(try await prepare(2) == first)
            try session.commitTokens()
            // What the first run has written means nothing; what the later one has does.
            let end = VaultWork(try open(), keys: OnlyKeys(keys, uses), now: 13_000)
            try await Blocking.run { () throws in
                #expect(try end.values(of: first.compactMap(\.self), in: "v") == [nil, nil, nil])
                let values = try end.values(of: strings(later[0]["v"]).compactMap(\.self), in: "v")
                #expect(values == ["a", "b", "c"].map { Array($0.utf8) })
            }
        }
    }

    @Test func `opens nothing under a key that is not allowed`() async throws {
        try await Vaults.with("sqlite") { open in
            let vault = try open()
            let (protected, catalogue) = try await protect([try lines(["a"])], [:], vault)
            let error = await refusal {
                _ = try await reveal(protected[0], catalogue, vault, allowed: AllowedKeys(["alias/other"]))
            }
            #expect(error?.code == .notAuthentic)
            let null = try await reveal(
                protected[0], catalogue, vault, allowed: AllowedKeys(["alias/other"]), onFailure: .null)
            #expect(null["v"].isNull(0))
            #expect(keys.unwrapped == 0)
        }
    }

    @Test func `of another id, or a catalogue that names none, is refused`() async throws {
        try await Vaults.with("sqlite") { open in
            let (protected, catalogue) = try await protect([try lines(["a"])], [:], open())
            try await Vaults.with("sqlite") { other in
                let error = await refusal { _ = try await reveal(protected[0], catalogue, other()) }
                #expect(error?.code == .vault)
            }
            var without = catalogue
            without.vault = nil
            #expect(throws: PipelineError.self) { _ = try without.encode() }
        }
    }

    private func lines(_ values: [String]) throws -> RecordBatch { batch(try texts("v", values)) }
}

/// Test keys, with what remembers their uses.
private struct OnlyKeys: KeyManagementService, KeyUses {
    let keys: TestKeys
    let uses: Uses
    init(_ keys: TestKeys, _ uses: Uses) { (self.keys, self.uses) = (keys, uses) }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        try await keys.generateDataKey(under: key, byteCount: byteCount, context: context)
    }
    func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey { try await keys.wrap(plaintext, under: key, context: context) }
    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try await keys.unwrap(wrapped, context: context)
    }
    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await keys.mac(message, under: key)
    }
    func describe(_ key: KeyID) async throws -> KeyDescription { try await keys.describe(key) }
    func record(_ use: KeyUse) async throws { uses.record(use) }
    func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] { [] }
}
