import Coffer
import CofferCrypto
import Testing

@testable import CofferAudit

@Suite struct `An audit log` {
    @Test func `keeps events in their order, through closing and opening`() async throws {
        let place = TemporaryLog()
        for round in 0..<3 {
            let log = try place.open()
            for i in 0..<100 { try await log.record(sample(round * 100 + i)) }
            await log.close()
        }
        let numbers = try place.events().map { $0.parameters["number"]?.integer }
        #expect(numbers == (0..<300).map { Int64($0) })
    }

    @Test func `has the tree of RFC 6962 over its events, whatever its length`() async throws {
        let place = TemporaryLog()
        let log = try place.open()
        var leaves: [[UInt8]] = []
        for size in [1, 2, 3, 255, 256, 257, 511, 700] {
            let events = (leaves.count..<size).map { sample($0) }
            leaves += events.map { Merkle.leaf($0.encoded) }
            try await log.record(events)
            let checkpoint = try #require(try log.fold())
            #expect(checkpoint.size == size)
            #expect(checkpoint.root == tree(leaves[...]))
            #expect(Checkpoint(try place.bytes("checkpoint"), by: log.verifier) == checkpoint)
        }
        await log.close()
    }

    /// The definition (RFC 6962, 2.1), as it is written there.
    private func tree(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard leaves.count > 1 else { return leaves.first ?? Digest.sha256([]) }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return Merkle.node(tree(leaves[..<middle]), tree(leaves[middle...]))
    }

    @Test(arguments: [0, 1, 400])
    func `finds requests among the events from a number on`(others: Int) async throws {
        let place = TemporaryLog()
        let log = try place.open()
        let events = (0..<300).map { sample($0) }
        try await log.record(events)
        #expect(try log.count == 300)
        // In tiles by now, what follows in the journal alone.
        try log.fold()
        let late = sample(300)
        try await log.record([late])
        try await log.record((0..<others).map { sample(1000 + $0) })
        let ids: Set = [events[3].requestID, events[299].requestID, late.requestID, "none"]
        #expect(try log.requests(among: ids, from: 0) == ids.subtracting(["none"]))
        #expect(try log.requests(among: ids, from: 4) == [events[299].requestID, late.requestID])
        #expect(try log.requests(among: ids, from: 300) == [late.requestID])
        #expect(try log.requests(among: ids, from: 301).isEmpty)
        #expect(try log.requests(among: ids, from: 5000).isEmpty)
        let other = try place.open()
        #expect(try other.count == 301 + others && other.requests(among: ids, from: 300) == [late.requestID])
        for log in [log, other] { await log.close() }
    }

    @Test func `has several processes append in turn`() async throws {
        let place = TemporaryLog()
        let logs = [try place.open(), try place.open(), try place.open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for log in logs {
                for i in 0..<50 { group.addTask { try await log.record(sample(i)) } }
            }
            try await group.waitForAll()
        }
        for log in logs { await log.close() }
        #expect(try place.events().count == 150)
        let checkpoint = try #require(try logs[0].currentCheckpoint())
        #expect(checkpoint.size == 150)
    }
}
