import Synchronization

/// What the rows of a release pass before anything is done to them: those of classes that are left out end here, all others are
/// counted. A row that was not there when the levels were found ends the run, and so does one that is missing at the end.
final class ReleaseGate: Sendable {
    /// A quasi-identifier at its level.
    struct Column: Sendable {
        let name: String
        /// The values of the source, and the code that each of them has at the level; nil where all have the only one.
        let values: (table: ValueTable, codes: [UInt32])?
        /// How many codes there are.
        let cardinality: Int
    }

    private let columns: [Column]
    private let combinations: Combinations
    private let kept: [Bool]
    private let expected: [Int]
    private let counts: Mutex<[Int]>

    /// A gate for `classes`, whose codes are those of `columns`.
    init(_ columns: [Column], _ classes: Classes, _ kept: [Bool]) {
        (self.columns, self.kept, expected) = (columns, kept, classes.counts)
        var ids: [UInt32] = []
        // Every class stands here once, so the number of its combination is its own.
        combinations = Combinations(
            classes.codes, cardinalities: columns.map(\.cardinality), rows: classes.count, ids: &ids)
        counts = Mutex([Int](repeating: 0, count: classes.count))
    }

    /// For each row of a batch of the source whether it is released. From any thread.
    func admit(_ batch: RecordBatch) throws -> [Bool] {
        var codes = [[UInt32]](repeating: [], count: columns.count)
        for (at, column) in columns.enumerated() {
            guard let index = batch.schema.index(of: column.name) else { throw Self.changed }
            guard let values = column.values else {
                codes[at] = [UInt32](repeating: 0, count: batch.rowCount)
                continue
            }
            codes[at].reserveCapacity(batch.rowCount)
            let read = batch.columns[index]
            try unsafe CellBytes(read.field).forEach(read) { _, value in
                guard let code = unsafe values.table.find(value) else { throw Self.changed }
                codes[at].append(values.codes[Int(code)])
            }
        }
        var (row, ids) = ([UInt32](repeating: 0, count: columns.count), [UInt32]())
        ids.reserveCapacity(batch.rowCount)
        for i in 0..<batch.rowCount {
            for at in columns.indices { row[at] = codes[at][i] }
            guard let id = combinations.find(row) else { throw Self.changed }
            ids.append(id)
        }
        counts.withLock { counts in
            for id in ids { counts[Int(id)] += 1 }
        }
        return ids.map { kept[Int($0)] }
    }

    /// The rows of a batch of the source that are released. From any thread.
    func released(_ batch: RecordBatch) throws -> RecordBatch {
        let kept = try admit(batch)
        return kept.contains(false) ? try batch.keeping([Range<Int>](kept)) : batch
    }

    /// Throws unless exactly the rows have come that the levels were found for.
    func verify() throws {
        guard counts.withLock({ $0 == expected }) else { throw Self.changed }
    }

    private static let changed = PipelineError(
        .sourceChanged, "the rows changed between the two times the source was read",
        hint: "run again while nobody writes to it; nothing was written")
}

/// The rows of a source that a gate lets through, worked out on several threads, in order.
final class ReleasedRows: BatchStream {
    private let conveyor: Conveyor
    var schema: Schema { conveyor.schema }

    /// `read` is told of each batch of the source as it goes through.
    init(_ source: any BatchStream, _ gate: ReleaseGate, _ read: @escaping @Sendable (RecordBatch) -> Void) {
        conveyor = Conveyor(
            source,
            Conveyor.Work(schema: source.schema) { _, _ in
            } transform: { batch, _ in
                read(batch)
                return try gate.released(batch)
            }, workers: Conveyor.defaultWorkers)
    }

    func next() throws -> RecordBatch? {
        while let batch = try conveyor.next() {
            if batch.rowCount > 0 { return batch }
        }
        return nil
    }

    /// Ends it: everybody who pulls gets `error`.
    func fail(_ error: any Error) { conveyor.fail(error) }
}
