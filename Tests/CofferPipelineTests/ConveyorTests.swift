import Coffer
import Synchronization
import Testing

@testable import CofferPipeline

/// Batches of one row each: 0, 1, 2, …; fails after `failsAfter`.
private final class Counting: BatchStream {
    struct Failure: Error {}
    let schema = Schema([Field("n", .int64)])
    private let next_ = Mutex(0)
    private let count: Int
    private let failsAfter: Int?
    /// Batches given out and not yet taken by the test.
    let pulled = Mutex(0)

    init(_ count: Int, failsAfter: Int? = nil) {
        self.count = count
        self.failsAfter = failsAfter
    }

    func next() throws -> RecordBatch? {
        let at = next_.withLock { at in
            defer { at += 1 }
            return at
        }
        if at == failsAfter { throw Failure() }
        guard at < count else { return nil }
        pulled.withLock { $0 += 1 }
        return Self.batch(at)
    }

    static func batch(_ number: Int) -> RecordBatch {
        var builder = FixedBuilder(field: Field("n", .int64), rows: 1)
        _ = unsafe withUnsafeBytes(of: Int64(number)) { unsafe builder.append($0) }
        return RecordBatch(schema: Schema([Field("n", .int64)]), rowCount: 1, columns: [builder.finish()])
    }
}

private func number(_ batch: RecordBatch) -> Int {
    Int(unsafe batch.columns[0].values.bytes(at: 0).loadUnaligned(as: Int64.self))
}

@Suite struct `A conveyor` {
    private func conveyor(
        _ source: Counting, workers: Int = 3, transform: @escaping @Sendable (RecordBatch, Int) throws -> RecordBatch
    ) -> Conveyor {
        Conveyor(
            source, Conveyor.Work(schema: source.schema, prepare: { _, _ in }, transform: transform), workers: workers)
    }

    @Test func `keeps the order, whoever is done first`() throws {
        let conveyor = conveyor(Counting(500)) { batch, firstRow in
            #expect(number(batch) == firstRow)
            for _ in 0..<(firstRow % 7) * 1000 { _ = firstRow &+ 1 }
            return batch
        }
        var seen: [Int] = []
        while let batch = try conveyor.next() { seen.append(number(batch)) }
        #expect(seen == Array(0..<500))
        #expect(conveyor.rows == 500)
    }

    @Test func `hands on what came before a failure of the source, then the failure, again and again`() throws {
        let conveyor = conveyor(Counting(100, failsAfter: 40)) { batch, _ in batch }
        var seen = 0
        #expect(throws: Counting.Failure.self) { while try conveyor.next() != nil { seen += 1 } }
        #expect(seen == 40)
        #expect(throws: Counting.Failure.self) { try conveyor.next() }
    }

    @Test func `ends with the failure of a transformation`() throws {
        struct Refusal: Error {}
        let conveyor = conveyor(Counting(100)) { batch, firstRow in
            if firstRow == 25 { throw Refusal() }
            return batch
        }
        var seen = 0
        #expect(throws: Refusal.self) { while try conveyor.next() != nil { seen += 1 } }
        #expect(seen == 25)
    }

    @Test func `never holds more than a few batches`() throws {
        let source = Counting(10_000)
        let conveyor = conveyor(source, workers: 2) { batch, _ in batch }
        for _ in 0..<10 { _ = try conveyor.next() }
        // Waits until the threads have nothing more that they may do.
        var last = -1
        while source.pulled.withLock({ $0 }) != last {
            last = source.pulled.withLock { $0 }
            sleep(milliseconds: 50)
        }
        #expect(last <= 10 + 2 * 4 + 4 + 1)
        conveyor.fail(Cancellation.error)
        #expect(throws: PipelineError.self) { try conveyor.next() }
    }
}

private func sleep(milliseconds: Int) {
    let gate = Monitor(false)
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .milliseconds(milliseconds) { gate.change { $0.toggle() } }
}
