import Synchronization

/// Some of a stream's rows, always the same ones: half of the sample from its beginning, the rest spread over what
/// follows, and no more than a million rows read for it.
final class SampledBatches: BatchStream, @unchecked Sendable {
    /// How many rows are looked at.
    package enum Size: Sendable, Equatable {
        case all
        case rows(Int)
    }

    let schema: Schema
    private let base: any BatchStream
    private let size: Size
    private let state = Mutex(State())

    private struct State {
        var read = 0
        var taken = 0
        var pieces = 0
        var isAtEnd = false
        var batch: RecordBatch?
        var at = 0
    }

    /// Rows of a piece, the unit of which samples are made.
    private static let piece = 2048
    /// Rows read for a sample at most.
    static let reach = 1_000_000

    init(_ base: any BatchStream, _ size: Size) {
        (self.base, self.size, schema) = (base, size, base.schema)
    }

    /// Rows read and rows handed on, and whether the end was seen.
    var rows: (read: Int, taken: Int, isWhole: Bool) { state.withLock { ($0.read, $0.taken, $0.isAtEnd) } }

    func next() throws -> RecordBatch? {
        try state.withLock { state in
            while let (batch, from, count) = try piece(&state) {
                state.read += count
                state.pieces += 1
                guard case .rows(let wanted) = size else {
                    state.taken += count
                    return Self.slice(batch, from, count)
                }
                let isSpread = state.taken >= wanted / 2
                if isSpread, !state.pieces.isMultiple(of: 8) { continue }
                let taken = min(count, wanted - state.taken)
                state.taken += taken
                return Self.slice(batch, from, taken)
            }
            return nil
        }
    }

    private func piece(_ state: inout State) throws -> (RecordBatch, Int, Int)? {
        if case .rows(let wanted) = size, state.taken >= wanted || state.read >= Self.reach { return nil }
        while true {
            if let batch = state.batch, state.at < batch.rowCount {
                let count = min(Self.piece, batch.rowCount - state.at)
                defer { state.at += count }
                return (batch, state.at, count)
            }
            guard let next = try base.next() else {
                state.isAtEnd = true
                return nil
            }
            (state.batch, state.at) = (next, 0)
        }
    }

    private static func slice(_ batch: RecordBatch, _ from: Int, _ count: Int) -> RecordBatch {
        if from == 0, count == batch.rowCount { return batch }
        return RecordBatch(
            schema: batch.schema, rowCount: count, columns: batch.columns.map { $0.sliced(from: from, count: count) })
    }
}
