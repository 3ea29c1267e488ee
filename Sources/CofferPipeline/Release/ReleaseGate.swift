import Synchronization

/// What a release is written through: rows of classes that are left out are marked, all others counted. A row that was not there
/// when the levels were found ends the run, and so does one that is missing at the end.
final class ReleaseGate: Sendable {
    private let columns: [String]
    private let values: [ValueTable]
    private let combinations: Combinations
    private let kept: [Bool]
    private let expected: [Int]
    private let counts: Mutex<[Int]>

    /// A gate for `classes`, whose codes are those of `values`.
    init(_ columns: [String], _ values: [ValueTable], _ classes: Classes, _ kept: [Bool]) {
        (self.columns, self.values, self.kept, expected) = (columns, values, kept, classes.counts)
        var ids: [UInt32] = []
        // Every class stands here once, so the number of its combination is its own.
        combinations = Combinations(
            classes.codes, cardinalities: values.map(\.count), rows: classes.count, ids: &ids)
        counts = Mutex([Int](repeating: 0, count: classes.count))
    }

    /// Whether rows are left out.
    var suppresses: Bool { kept.contains(false) }

    /// For each row of a protected batch whether it is written. From any thread.
    func admit(_ batch: RecordBatch) throws -> [Bool] {
        var codes = [[UInt32]](repeating: [], count: columns.count)
        for (at, name) in columns.enumerated() {
            guard let index = batch.schema.index(of: name) else { throw Self.changed }
            codes[at].reserveCapacity(batch.rowCount)
            let column = batch.columns[index]
            try unsafe CellBytes(column.field).forEach(column) { _, value in
                guard let code = unsafe values[at].find(value) else { throw Self.changed }
                codes[at].append(code)
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

    /// Throws unless exactly the rows have come that the levels were found for.
    func verify() throws {
        guard counts.withLock({ $0 == expected }) else { throw Self.changed }
    }

    private static let changed = PipelineError(
        .sourceChanged, "the rows changed between the two times the source was read",
        hint: "run again while nobody writes to it; nothing was written")
}

extension ReleaseGate {
    /// `batch` with a last column that says which rows stay.
    func marked(_ batch: RecordBatch, _ mark: Field) throws -> RecordBatch {
        let column = Column.numbers(mark, try admit(batch).map { $0 ? 1 : 0 })
        return RecordBatch(
            schema: batch.schema.adding(mark), rowCount: batch.rowCount, columns: batch.columns + [column])
    }
}

extension Schema {
    /// The columns with one more.
    func adding(_ field: Field) -> Schema { Schema(fields + [field], metadata: metadata) }

    /// A column that marks rows, under a name that no other has.
    var mark: Field {
        var name = "coffer_released"
        while fields.contains(where: { $0.name.lowercased() == name }) { name += "_" }
        return Field(name, .int8)
    }
}
