import Synchronization

/// Counts what passes, and stops when told.
final class GuardedStream: BatchStream {
    private let base: any BatchStream
    private let isCancelled: @Sendable () -> Bool
    private let count = Mutex(0)
    var schema: Schema { base.schema }

    init(_ base: any BatchStream, isCancelled: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isCancelled = isCancelled
    }

    /// The rows so far.
    var rows: Int { count.withLock { $0 } }

    func next() throws -> RecordBatch? {
        if isCancelled() { throw PipelineError(.interrupted, "interrupted; nothing was changed") }
        guard let batch = try base.next() else { return nil }
        count.withLock { $0 += batch.rowCount }
        return batch
    }
}
