import Coffer
import CofferCrypto
import Synchronization
import Testing

@testable import CofferAudit

@Suite struct `Verifying an audit log` {
    /// Something that is done to the files of a log of 600 events, and how it must be named.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: AuditVerification.Kind
        let what: String
        let apply: @Sendable (TemporaryLog) throws -> Void

        init(
            _ name: String, _ kind: AuditVerification.Kind, _ what: String,
            _ apply: @escaping @Sendable (TemporaryLog) throws -> Void
        ) {
            (testDescription, self.kind, self.what, self.apply) = (name, kind, what, apply)
        }

        static func remove(_ path: String, as what: String? = nil) -> Attack {
            Attack("\(path) removed", .removed, what ?? path) { TemporaryLog.remove("\($0.folder)/\(path)") }
        }

        static func cut(_ path: String, _ count: Int, as what: String? = nil) -> Attack {
            Attack("\(path) cut", .truncated, what ?? path) { log in
                try log.write(path, Array(try log.bytes(path).dropLast(count)))
            }
        }

        static func flip(_ path: String, at offset: Int, as what: String? = nil) -> Attack {
            Attack("\(path) edited at \(offset)", .edited, what ?? path) { log in
                var bytes = try log.bytes(path)
                bytes[offset] ^= 1
                try log.write(path, bytes)
            }
        }
    }

    static let journal = "journal/00000000000000000000"
    static let attacks: [Attack] = [
        .remove("checkpoint"), .remove("tile/0/000"), .remove("tile/0/001"), .remove("tile/0/002.p/88"),
        .remove("tile/1/000.p/2"), .remove("tile/entries/000"), .remove("tile/entries/001"),
        .remove("tile/entries/002.p/88", as: "tile/entries/002"), .remove(journal, as: "journal"),
        .cut("tile/0/000", 32), .cut("tile/0/002.p/88", 1), .cut("tile/1/000.p/2", 32), .cut("tile/entries/001", 3),
        .cut("tile/entries/002.p/88", 900), .cut(journal, 5000, as: "journal"),
        .flip("tile/0/000", at: 100), .flip("tile/entries/000", at: 500), .flip("tile/entries/001", at: 90_000),
        .flip("tile/entries/002.p/88", at: 700), .flip("tile/1/000.p/2", at: 3), .flip("checkpoint", at: 60),
        .flip(journal, at: 30_000, as: "journal"),
        Attack("two events of a bundle swapped", .reordered, "tile/entries/000") { log in
            var entries = try #require(Tile.entries(of: try log.bytes("tile/entries/000")))
            entries.swapAt(10, 20)
            try log.write("tile/entries/000", bundle(entries.map { Array($0) }))
        },
        Attack("two bundles swapped", .reordered, "tile/entries/001") { log in
            let (a, b) = (try log.bytes("tile/entries/000"), try log.bytes("tile/entries/001"))
            try log.write("tile/entries/000", b)
            try log.write("tile/entries/001", a)
        },
        Attack("two tiles swapped with their bundles", .reordered, "tile/1/000.p/2") { log in
            for path in ["tile/entries", "tile/0"] {
                let (a, b) = (try log.bytes("\(path)/000"), try log.bytes("\(path)/001"))
                try log.write("\(path)/000", b)
                try log.write("\(path)/001", a)
            }
        },
        Attack("an event edited with all the tiles above it", .edited, "tile") { log in
            var tree = Tree()
            for number in 0..<3 {
                let path = number < 2 ? Tile.path(nil, number) : Tile.path(nil, 2, width: 88)
                for (i, entry) in (try #require(Tile.entries(of: try log.bytes(path)))).enumerated() {
                    var entry = Array(entry)
                    if number == 1, i == 7 { entry[20] ^= 1 }
                    try tree.append(entry[...]) { try log.write($0.path, $0.bytes) }
                }
            }
            for file in tree.edge { try log.write(file.path, file.bytes) }
        },
        Attack("the whole log removed", .removed, "the log") { TemporaryLog.remove($0.folder) },
    ]

    static func bundle(_ entries: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes.append(entry.count, bytes: 2)
            bytes += entry
        }
        return bytes
    }

    /// A log of 600 events under a checkpoint; the witness saw it at 300.
    private func log() async throws -> (place: TemporaryLog, verifier: NoteVerifier, witness: [UInt8]) {
        let place = TemporaryLog()
        let log = try place.open()
        try await log.record((0..<300).map { sample($0) })
        let witness = try #require(try log.fold()).note
        try await log.record((300..<600).map { sample($0) })
        await log.close()
        return (place, log.verifier, witness)
    }

    @Test func `finds nothing wrong with one that is whole`() async throws {
        let (place, verifier, witness) = try await log()
        for key in [place.key, nil] {
            let result = try AuditVerification.verify(place.folder, by: verifier, key: key, against: [witness])
            #expect(result.findings.isEmpty)
            #expect(result.events == 600 && result.pending == 0 && result.pruned == 0)
        }
    }

    @Test(arguments: attacks)
    func `names what was done to it`(attack: Attack) async throws {
        let (place, verifier, _) = try await log()
        try attack.apply(place)
        let result = try AuditVerification.verify(place.folder, by: verifier, key: place.key)
        let what = attack.what == "the log" ? place.folder : attack.what
        #expect(
            result.findings.contains { $0.kind == attack.kind && $0.what == what },
            "\(result.findings.map { "\($0.kind) \($0.what) \($0.message)" })")
    }

    @Test func `names one that was rolled back, and one that was made anew, against a witness`() async throws {
        let (place, verifier, witness) = try await log()
        let other = TemporaryLog()
        let again = try AuditLog.open(at: other.folder, key: place.key, options: other.options)
        try await again.record((0..<200).map { sample($0) })
        _ = try again.fold()
        let short = try AuditVerification.verify(other.folder, by: verifier, key: place.key, against: [witness])
        #expect(short.findings.map(\.kind) == [.rolledBack])
        try await again.record((200..<900).map { sample($0) })
        await again.close()
        let another = try AuditVerification.verify(other.folder, by: verifier, key: place.key, against: [witness])
        #expect(another.findings.map(\.kind) == [.edited])
        #expect(another.findings.map(\.what) == ["log"])
    }

    @Test func `says that a key store is older than its record`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        try await log.record(sample(1, keyStore: KeyStoreState(generation: 9, root: "aa")))
        await log.close()
        func kinds(_ state: KeyStoreState) throws -> [AuditVerification.Kind] {
            try AuditVerification.verify(place.folder, by: log.verifier, keyStore: state).findings.map(\.kind)
        }
        #expect(try kinds(KeyStoreState(generation: 8, root: "bb")) == [.rolledBack])
        #expect(try kinds(KeyStoreState(generation: 9, root: "bb")) == [.rolledBack])
        #expect(try kinds(KeyStoreState(generation: 9, root: "aa")) == [])
        #expect(try kinds(KeyStoreState(generation: 10, root: "cc")) == [])
    }

    @Test func `is not taken in by another key`() async throws {
        let (place, _, _) = try await log()
        let other = AuditKey.random()
        let verifier = try #require(NoteVerifier(other.verifierKey))
        let result = try AuditVerification.verify(place.folder, by: verifier)
        #expect(result.findings.contains { $0.kind == .edited && $0.what == "checkpoint" })
    }
}

@Suite struct `A proof of an event` {
    @Test func `holds for each event, and for nothing else`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        let events = (0..<300).map { sample($0) }
        try await log.record(events)
        for index in [0, 1, 100, 255, 256, 298, 299] {
            let proof = try log.prove(events[index].id)
            #expect(proof.index == index)
            #expect(proof.entry == events[index].encoded)
            let text = proof.text
            #expect(throws: Never.self) { try InclusionProof(text, by: log.verifier) }
            let moved = text.replacing("index \(index)\n", with: "index \((index + 1) % 300)\n")
            #expect(throws: AuditError.self) { try InclusionProof(moved, by: log.verifier) }
            let other = try #require(NoteVerifier(AuditKey.random().verifierKey))
            #expect(throws: AuditError.self) { try InclusionProof(text, by: other) }
        }
        #expect(throws: AuditError(.notFound, "")) { try log.prove("none") }
        await log.close()
    }

    @Test func `stays valid after pruning, and so does the tree`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        let events = (0..<700).map { sample($0, time: 1_763_730_000_000 + Int64($0) * 1000) }
        try await log.record(events)
        let proof = try log.prove(events[3].id)
        let witness = try #require(try log.currentCheckpoint()).note
        place.now.withLock { $0 += 3_600_000 }
        let pruning = try await log.prune(
            before: events[600].time, archive: place.folder + "/archive")
        #expect(pruning.events == 512 && pruning.minimum == 512)
        await log.close()
        #expect(throws: Never.self) { try InclusionProof(proof.text, by: log.verifier) }
        let result = try AuditVerification.verify(place.folder, by: log.verifier, key: place.key, against: [witness])
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(result.pruned == 512)
        #expect(try place.bytes("archive/tile/entries/001").isEmpty == false)
        // What is removed beside that has no event that says so.
        TemporaryLog.remove("\(place.folder)/tile/entries/002.p")
        let more = try AuditVerification.verify(place.folder, by: log.verifier, key: place.key)
        #expect(more.findings.map(\.what) == ["tile/entries/002"])
    }
}
