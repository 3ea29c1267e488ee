import Coffer
import CofferCrypto
import CofferTesting
import Synchronization
import Testing

private final class Clock: Sendable {
    private let offset = Mutex(Duration.zero)
    private let start = ContinuousClock.now
    func advance(_ by: Duration) { offset.withLock { $0 += by } }
    var now: ContinuousClock.Instant { start + offset.withLock { $0 } }
}

private let key = try! KeyID("alias/default")

@Suite struct `A cache of data keys` {
    private let service = InMemoryKMS()
    private let clock = Clock()

    private func cache(messages: Int, bytes: Int = 1 << 20) -> DataKeyCache<InMemoryKMS> {
        var limits = DataKeyLimits(messages: messages)
        limits.bytes = bytes
        limits.entries = 3
        return DataKeyCache(service, limits: limits) { [clock] in clock.now }
    }

    /// The wrapped form of a data key for so many bytes, by which one is told from another.
    private func take(
        _ cache: DataKeyCache<InMemoryKMS>, _ size: Int? = 100, context: EncryptionContext = [:]
    ) async throws -> [UInt8] {
        try await DataKeyUse.$byteCount.withValue(size) {
            try await cache.generateDataKey(under: key, byteCount: 32, context: context).wrapped.bytes
        }
    }

    @Test func `gives one out for so many messages, bytes and minutes, and no more`() async throws {
        let byMessages = cache(messages: 3)
        var taken: [[UInt8]] = []
        for _ in 0..<7 { taken.append(try await take(byMessages)) }
        #expect(Set(taken).count == 3 && Set(taken[0..<3]).count == 1 && taken[2] != taken[3])
        let byBytes = cache(messages: 100, bytes: 250)
        taken = []
        for _ in 0..<4 { taken.append(try await take(byBytes)) }
        #expect(taken[0] == taken[1] && taken[1] != taken[2] && taken[2] == taken[3])
        let byAge = cache(messages: 100)
        let first = try await take(byAge)
        clock.advance(.seconds(299))
        #expect(try await take(byAge) == first)
        clock.advance(.seconds(2))
        #expect(try await take(byAge) != first)
    }

    @Test func `keeps contexts apart, and what has no length or is too long`() async throws {
        let cache = cache(messages: 100)
        let own = try await take(cache, context: ["tenant": "1"])
        #expect(try await take(cache, context: ["tenant": "1"]) == own)
        #expect(try await take(cache, context: ["tenant": "2"]) != own)
        #expect(try await take(cache, nil, context: ["tenant": "1"]) != own)
        #expect(try await take(cache, 2 << 20, context: ["tenant": "1"]) != own)
    }

    @Test func `asks once, however many ask it at once`() async throws {
        let cache = cache(messages: 50)
        let taken = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<100 { group.addTask { try await take(cache) } }
            return try await group.reduce(into: [[UInt8]: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(taken.values.sorted() == [50, 50])
    }

    @Test func `opens a wrapped key once, and forgets it in time`() async throws {
        let cache = cache(messages: 10)
        let made = try await service.generateDataKey(under: key, byteCount: 32, context: ["a": "b"])
        let wrapped = made.wrapped
        let before = service.callCount
        for _ in 0..<5 {
            let opened = try await cache.unwrap(wrapped, context: ["a": "b"])
            #expect(opened.count == 32)
        }
        #expect(service.callCount == before + 1)
        await #expect(throws: KeyError(.notAuthentic, "")) {
            _ = try await cache.unwrap(wrapped, context: ["a": "c"]).count
        }
        clock.advance(.seconds(301))
        _ = try await cache.unwrap(wrapped, context: ["a": "b"]).count
        #expect(service.callCount == before + 3)
        try service.setEnabled(false, key)
        clock.advance(.seconds(301))
        await #expect(throws: KeyError(.disabled, "")) {
            _ = try await cache.unwrap(wrapped, context: ["a": "b"]).count
        }
    }

    @Test func `makes messages that share a data key and nothing else, but never where the data key is the cipher's`()
        async throws
    {
        let plaintext = [UInt8](repeating: 7, count: 1000)
        for (id, isShared) in [(0x0478, true), (0x0178, true), (0x0078, false), (0x0578, false)] as [(UInt16, Bool)] {
            var format = AWSEncryptionSDK(keys: [KMSMessageKey(key, in: cache(messages: 100))])
            format.suite = AlgorithmSuite(id: id)
            format.commitment = id < 0x0400 ? .forbid : .require
            let before = service.callCount
            let (a, b) = (try await format.seal(plaintext), try await format.seal(plaintext))
            #expect((service.callCount - before == 1) == isShared, "suite \(id)")
            #expect(a.suffix(500) != b.suffix(500))
            for message in [a, b] { #expect(try await format.open(message) == plaintext) }
        }
    }
}
