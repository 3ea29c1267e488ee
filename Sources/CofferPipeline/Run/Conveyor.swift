import Coffer

/// Carries batches from a stream through a transformation to whoever pulls: in order, several at once, never many.
///
/// One thread reads, some transform, the engine's threads pull. At most `depth` batches are between source and sink.
final class Conveyor: BatchStream {
    /// What happens to the batches.
    struct Work: Sendable {
        /// The schema of what comes out.
        let schema: Schema
        /// Before a batch is transformed, in order, on the reading thread, given the rows before it.
        let prepare: @Sendable (RecordBatch, Int) throws -> Void
        /// On any thread, several at once.
        let transform: @Sendable (RecordBatch, Int) throws -> RecordBatch
    }

    private enum Slot {
        case waiting(RecordBatch, firstRow: Int)
        case working
        case done(Result<RecordBatch, any Error>)
    }

    private struct State {
        var slots: [Int: Slot] = [:]
        var first = 0
        var next = 0
        var isAtEnd = false
        var failure: (any Error)?
        var rows = 0
    }

    let schema: Schema
    private let work: Work
    private let state = Monitor(State())
    private let depth: Int

    /// Starts the threads.
    init(_ source: any BatchStream, _ work: Work, workers: Int) {
        schema = work.schema
        self.work = work
        depth = workers * 4 + 4
        Blocking.start { [self] in read(source) }
        for _ in 0..<workers { Blocking.start { [self] in self.transform() } }
    }

    /// Rows handed on so far.
    var rows: Int { state.change { $0.rows } }

    /// Ends it: everybody who pulls gets `error`.
    func fail(_ error: any Error) {
        state.change { if $0.failure == nil { $0.failure = error } }
    }

    private func read(_ source: any BatchStream) {
        var row = 0
        do {
            while let batch = try source.next() {
                try work.prepare(batch, row)
                let goesOn = state.wait { state -> Bool? in
                    if state.failure != nil { return false }
                    if state.next - state.first >= depth { return nil }
                    state.slots[state.next] = .waiting(batch, firstRow: row)
                    state.next += 1
                    return true
                }
                guard goesOn else { return }
                row += batch.rowCount
            }
            state.change { $0.isAtEnd = true }
        } catch {
            // What was read before is handed on first, so that the error names the right row; then it fails for good.
            state.change {
                $0.slots[$0.next] = .done(.failure(error))
                $0.next += 1
                $0.isAtEnd = true
            }
        }
    }

    private func transform() {
        while true {
            let task = state.wait { state -> (Int, RecordBatch, Int)?? in
                if state.failure != nil { return .some(nil) }
                for at in state.first..<state.next {
                    if case .waiting(let batch, let firstRow) = state.slots[at] {
                        state.slots[at] = .working
                        return .some((at, batch, firstRow))
                    }
                }
                return state.isAtEnd ? .some(nil) : nil
            }
            guard let (at, batch, firstRow) = task else { return }
            let result = Result { try work.transform(batch, firstRow) }
            state.change { $0.slots[at] = .done(result) }
        }
    }

    func next() throws -> RecordBatch? {
        let result = state.wait { state -> Result<RecordBatch, any Error>?? in
            if let failure = state.failure { return .some(.failure(failure)) }
            if case .done(let result) = state.slots[state.first] {
                state.slots[state.first] = nil
                state.first += 1
                if case .failure(let error) = result { state.failure = error }
                if case .success(let batch) = result { state.rows += batch.rowCount }
                return .some(result)
            }
            return state.isAtEnd && state.first == state.next ? .some(nil) : nil
        }
        return try result?.get()
    }
}

extension Conveyor {
    /// Half of the cores: the engine reads and writes on the others.
    static var defaultWorkers: Int { min(8, max(1, Machine.cores / 2)) }
}
