import Coffer
import CofferCrypto
import Glibc
import Synchronization
import Testing

@testable import CofferAudit

@Suite struct `The journal of an audit log` {
    private let path = "journal/00000000000000000000"

    @Test func `loses nothing that was acknowledged, wherever a writer dies`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        for i in 0..<4 { try await log.record(sample(i)) }
        let before = try place.bytes(path).count
        try await log.record(sample(4))
        let whole = try place.bytes(path)
        for end in stride(from: before, to: whole.count, by: 61) {
            let torn = TemporaryLog()
            try torn.write(path, Array(whole[..<end]))
            let again = try AuditLog.open(at: torn.folder, key: place.key, options: torn.options)
            try await again.record(sample(5))
            await again.close()
            let events = try AuditReader(torn.folder)
            var names: [String] = []
            var numbers: [Int64] = []
            try events.read(from: 0) { _, line in
                let event = AuditEvent(decoding: line)
                names.append(event?.name ?? "")
                if let number = event?.parameters["number"]?.integer { numbers.append(number) }
                return true
            }
            #expect(numbers == [0, 1, 2, 3, 5])
            // A cut that took bytes is on the record.
            #expect(names.contains("AuditLogRecovered") == (end > before))
            let result = try AuditVerification.verify(torn.folder, by: log.verifier, key: place.key)
            #expect(result.findings.isEmpty, "\(end): \(result.findings)")
        }
    }

    @Test func `refuses to open where a checkpoint has more, or a frame is edited`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        for i in 0..<20 { try await log.record(sample(i)) }
        await log.close()
        let whole = try place.bytes(path)
        for bytes in [Array(whole.dropLast(10)), Array(whole.prefix(whole.count / 2)), whole.flipped(at: 3000)] {
            try place.write(path, bytes)
            #expect(throws: AuditError(.altered, "")) { try place.open() }
        }
        // A length that reaches behind the end must not pass for a torn frame with more behind it.
        var longer = whole
        let second = whole.indices.filter { $0 > 4 && Array(whole[$0...].prefix(4)) == Frame.magic }[1]
        longer[second + 24] = 0x00
        longer[second + 25] = 0xff
        try place.write(path, longer)
        #expect(throws: AuditError(.altered, "")) { try place.open() }
        try place.write(path, whole)
        #expect(throws: Never.self) { try place.open() }
    }

    @Test func `notices while it is open that it was removed or truncated`() async throws {
        for isRemoved in [true, false] {
            let place = TemporaryLog()
            let log = try place.open()
            try await log.record(sample(0))
            if isRemoved {
                Files.remove("\(place.folder)/\(path)")
            } else {
                let file = unsafe Glibc.open("\(place.folder)/\(path)", O_RDWR)
                ftruncate(file, 100)
                Glibc.close(file)
            }
            await #expect(throws: AuditError(.altered, "")) { try await log.record(sample(1)) }
            // It stays so.
            await #expect(throws: AuditError(.altered, "")) { try await log.record(sample(2)) }
        }
    }

    @Test func `says that a log is gone rather than begin another one`() throws {
        let place = TemporaryLog()
        #expect(throws: AuditError(.altered, "")) { try place.open { $0.mayCreate = false } }
    }

    @Test func `goes on over many segments, which go when the tree has them`() async throws {
        let place = TemporaryLog()
        for round in 0..<6 {
            let log = try place.open { $0.segmentLimit = 20_000 }
            for i in 0..<60 { try await log.record(sample(round * 60 + i)) }
            await log.close()
        }
        #expect(try place.events().compactMap { $0.parameters["number"]?.integer } == (0..<360).map { Int64($0) })
        #expect(Segment.all(place.folder).count < 3)
        let verifier = try #require(NoteVerifier(place.key.verifierKey))
        let result = try AuditVerification.verify(place.folder, by: verifier, key: place.key)
        #expect(result.findings.isEmpty && result.events == 360, "\(result.findings)")
    }

    @Test func `takes many events at once, in their order, beside another process`() async throws {
        let place = TemporaryLog()
        // Tiles are made meanwhile, over many segments, by whoever comes first.
        let logs = try (0..<2).map { _ in
            try place.open { options in
                (options.interval, options.segmentLimit) = (.milliseconds(20), 1 << 20)
            }
        }
        let count = 1000
        for round in 0..<6 {
            let log = logs[round == 4 ? 1 : 0]
            try await log.record((0..<count).map { sample(round * count + $0) })
        }
        for log in logs { await log.close() }
        let numbers = try place.events().compactMap { $0.parameters["number"]?.integer }
        let isInOrder = numbers == (0..<6 * count).map { Int64($0) }
        #expect(isInOrder, "\(numbers.count) events from \(numbers.first ?? -1) to \(numbers.last ?? -1)")
        let verifier = try #require(NoteVerifier(place.key.verifierKey))
        let result = try AuditVerification.verify(place.folder, by: verifier, key: place.key)
        #expect(result.findings.isEmpty && result.events == 6 * count, "\(result.events) \(result.findings)")
    }

    @Test func `gives files by their names in tlog-tiles, and no others`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        try await log.record((0..<300).map { sample($0) })
        await log.close()
        for path in ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"] {
            #expect(try log.publishedFile(path) == place.bytes(path) && !place.bytes(path).isEmpty)
        }
        for path in [
            "", "lock", "journal/base", "../x", "tile/0/0", "tile/0/001.p/044", "tile/0/001.p/0", "tile/00/000",
            "tile/0//000", "tile/0/x000/000", "tile/entries/../../lock", "tile/-1/000", "tile/0/000/", "tile/0/001.p",
        ] {
            #expect(try log.publishedFile(path) == nil, "\(path)")
        }
    }

    @Test func `makes tiles and checkpoint again that a power cut took`() async throws {
        let place = TemporaryLog()
        let log = try place.open { $0.segmentLimit = 20_000 }
        for i in 0..<100 { try await log.record(sample(i)) }
        _ = try log.fold()
        for i in 100..<130 { try await log.record(sample(i)) }
        await log.close()
        try place.write("checkpoint", [])
        let again = try place.open()
        let checkpoint = try #require(try again.fold())
        #expect(checkpoint.size == 130)
        await again.close()
        let result = try AuditVerification.verify(place.folder, by: log.verifier, key: place.key)
        #expect(result.findings.isEmpty, "\(result.findings)")
    }
}

@Suite struct `An audit log in trouble` {
    @Test func `fails its callers in time when another process keeps it`() async throws {
        let place = TemporaryLog()
        let log = try place.open { $0.limit = .milliseconds(300) }
        try await log.record(sample(0))
        let lock = try FileLock("\(place.folder)/lock")
        try lock.take()
        let start = ContinuousClock.now
        await #expect(throws: AuditError(.unavailable, "")) { try await log.record(sample(1)) }
        #expect(ContinuousClock.now - start < .seconds(300))
        #expect(!log.isAvailable)
        // Once it is known to hang, nobody waits.
        await #expect(throws: AuditError(.unavailable, "")) { try await log.record(sample(2)) }
        lock.release()
        while !log.isAvailable { try await Task.sleep(for: .milliseconds(10)) }
        try await log.record(sample(3))
        let numbers = try place.events().compactMap { $0.parameters["number"]?.integer }
        #expect(numbers.first == 0 && numbers.last == 3 && !numbers.contains(2))
    }

    @Test func `counts strangers by network and code, in bounded memory`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        for i in 0..<20_000 {
            log.recordUnauthenticated(code: "MissingAuthenticationToken", sourceIP: "198.51.\(i % 4).\(i % 250)")
        }
        for i in 0..<5000 {
            log.recordUnauthenticated(code: "InvalidClientTokenId", sourceIP: "10.\(i / 250).\(i % 250).1")
        }
        await log.close()
        let events = try place.events()
        #expect(events.count <= UnauthenticatedCounts.limit + 1)
        #expect(events.allSatisfy { $0.name == "UnauthenticatedRequests" && $0.principal == nil })
        #expect(events.compactMap { $0.parameters["count"]?.integer }.reduce(0, +) == 25_000)
        let first = events.filter { $0.errorCode == "MissingAuthenticationToken" }
        #expect(
            Set(first.compactMap(\.sourceIP)) == ["198.51.0.0/24", "198.51.1.0/24", "198.51.2.0/24", "198.51.3.0/24"])
    }

    @Test func `knows networks`() {
        #expect(UnauthenticatedCounts.network(of: "192.0.2.77") == "192.0.2.0/24")
        #expect(UnauthenticatedCounts.network(of: "2001:db8:1:2:3::4") == "2001:db8:1:2::/64")
        #expect(UnauthenticatedCounts.network(of: "no address\n") == "unknown")
    }

    @Test func `takes a clock that goes back`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        for i in 0..<5 {
            place.now.withLock { $0 -= 86_400_000 }
            try await log.record(sample(i, time: place.now.withLock { $0 }))
            log.recordUnauthenticated(code: "X", sourceIP: nil)
        }
        await log.close()
        let result = try AuditVerification.verify(place.folder, by: log.verifier, key: place.key)
        #expect(result.findings.isEmpty && result.events == 6)
    }
}

@Suite struct `A change whose process died` {
    private func die(_ place: TemporaryLog, _ state: KeyStoreState) async throws {
        let log = try place.open()
        try await log.record(sample(1, name: "DisableKey", phase: .intent, request: "r-1", keyStore: state))
        try await log.record(sample(2, name: "EnableKey", phase: .intent, request: "r-2", keyStore: state))
        try await log.record(sample(3, name: "EnableKey", request: "r-2", keyStore: state))
    }

    @Test(arguments: [(Int64(5), "the key store is as it was"), (6, "may have been done")])
    func `is reconciled at the next start`(generation: Int64, sentence: String) async throws {
        let place = TemporaryLog()
        try await die(place, KeyStoreState(generation: 5, root: "aa"))
        let log = try place.open()
        let now = KeyStoreState(generation: generation, root: generation == 5 ? "aa" : "bb")
        let found = try await log.reconcile { now }
        #expect(found.count == 1 && found[0].contains("DisableKey") && found[0].contains(sentence))
        // Once.
        #expect(try await log.reconcile { now } == [])
        await log.close()
        let event = try #require(try place.events().last)
        #expect(event.requestID == "r-1" && event.errorCode == "Interrupted" && event.phase == .outcome)
    }

    @Test func `is left alone while its process lives`() async throws {
        let place = TemporaryLog()
        let living = try place.open()
        try await living.record(sample(1, name: "DisableKey", phase: .intent, request: "r-1"))
        let log = try place.open()
        #expect(try await log.reconcile { nil } == [])
        try await living.record(sample(2, name: "DisableKey", request: "r-1"))
        await living.close()
        #expect(try await log.reconcile { nil } == [])
        await log.close()
    }

    @Test func `is known of over many segments`() async throws {
        let place = TemporaryLog()
        try await die(place, KeyStoreState(generation: 5, root: "aa"))
        for _ in 0..<3 {
            let log = try place.open { $0.segmentLimit = 10_000 }
            for i in 0..<60 { try await log.record(sample(i)) }
            await log.close()
        }
        let log = try place.open()
        #expect(try await log.reconcile { nil }.count == 1)
        await log.close()
    }

    @Test func `names a key store that is older than the last event`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        try await log.record(sample(1, keyStore: KeyStoreState(generation: 9, root: "aa")))
        let found = try await log.reconcile { KeyStoreState(generation: 7, root: "bb") }
        #expect(found.count == 1 && found[0].contains("rolled back"))
        await log.close()
        #expect(try place.events().last?.name == "KeyStoreRolledBack")
    }
}

@Suite struct `A witness of an audit log` {
    @Test func `has the log refuse to open when it was put back`() async throws {
        let place = TemporaryLog()
        let witness = place.folder + ".witness"
        defer { Files.remove(witness) }
        func open() throws -> AuditLog { try place.open { $0.witness = witness } }
        let log = try open()
        try await log.record((0..<10).map { sample($0) })
        await log.close()
        let copy = try place.bytes("journal/00000000000000000000")
        let checkpoint = try place.bytes("checkpoint")
        let later = try open()
        try await later.record((10..<20).map { sample($0) })
        await later.close()
        #expect(throws: Never.self) { try open() }
        try place.write("journal/00000000000000000000", copy)
        try place.write("checkpoint", checkpoint)
        #expect(throws: AuditError(.rolledBack, "")) { try open() }
    }

    @Test func `gets the last checkpoint by its webhook, and a failure is told`() async throws {
        let place = TemporaryLog()
        struct Down: Error {}
        let log = try place.open { $0.push = { _, _ in throw Down() } }
        try await log.record(sample(1))
        await log.close()
        #expect(place.notices.withLock { $0 }.count == 1)
        #expect(try place.events().map(\.name) == ["GenerateDataKey", "AuditWitnessUnreachable"])
        // Not again so soon, by another process; a minute later, and said when it is back.
        let sent = Mutex<[[UInt8]]>([])
        func open(_ isDown: Bool) throws -> AuditLog {
            try place.open {
                $0.push = { note, _ in
                    if isDown { throw Down() }
                    sent.withLock { $0.append(note) }
                }
            }
        }
        await (try open(false)).close()
        #expect(sent.withLock { $0 }.isEmpty)
        place.now.withLock { $0 += 60_000 }
        await (try open(true)).close()
        #expect(place.notices.withLock { $0 }.count == 1)
        place.now.withLock { $0 += 60_000 }
        await (try open(false)).close()
        #expect(sent.withLock { $0 }.count == 1)
        #expect(
            try place.events().map(\.name) == ["GenerateDataKey", "AuditWitnessUnreachable", "AuditWitnessReached"])
        let found = try AuditVerification.verify(
            place.folder, by: log.verifier, key: place.key, against: sent.withLock { $0 })
        #expect(found.findings.isEmpty && found.notes.isEmpty)
    }
}

extension [UInt8] {
    func flipped(at index: Int) -> [UInt8] {
        var bytes = self
        bytes[index] ^= 1
        return bytes
    }
}
