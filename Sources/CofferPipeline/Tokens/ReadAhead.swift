import Synchronization

/// Hands on what another stream delivers, after a look at many batches at once: what a vault is asked for them costs one
/// question a group, not one a batch.
final class ReadAhead: BatchStream {
    private struct State {
        var ready: [RecordBatch] = []
        var rows = 0
        /// What ended the source before its end; thrown after what came before it.
        var failure: (any Error)?
    }

    /// Rows of a group, as far as whole batches come to that.
    static let groupRows = 65_536

    let schema: Schema
    private let source: any BatchStream
    private let rows: Int
    private let look: @Sendable ([(batch: RecordBatch, firstRow: Int)]) throws -> Void
    private let state = Mutex(State())

    /// `look` is given groups of batches in order, each with the rows before it, before their first is handed on.
    init(
        _ source: any BatchStream, rows: Int = ReadAhead.groupRows,
        _ look: @escaping @Sendable ([(batch: RecordBatch, firstRow: Int)]) throws -> Void
    ) {
        schema = source.schema
        self.source = source
        self.rows = rows
        self.look = look
    }

    func next() throws -> RecordBatch? {
        try state.withLock { state in
            if state.ready.isEmpty {
                if let failure = state.failure { throw failure }
                var group: [(batch: RecordBatch, firstRow: Int)] = []
                var count = 0
                while count < rows {
                    do {
                        guard let batch = try source.next() else { break }
                        group.append((batch, state.rows + count))
                        count += batch.rowCount
                    } catch {
                        state.failure = error
                        break
                    }
                }
                if let failure = state.failure, group.isEmpty { throw failure }
                try look(group)
                state.rows += count
                state.ready = group.reversed().map(\.batch)
            }
            return state.ready.popLast()
        }
    }
}
