import Coffer
import Testing

@testable import CofferPipeline

@Suite struct `Rows that are left out` {
    /// A column of each layout that the engine hands out, with nulls at every depth.
    private static let columns = [
        "i % 3 = 0", "(i % 100)::TINYINT", "md5(i::VARCHAR)::UUID", "to_days(i::INTEGER)", "(i * 1.5)::DECIMAL(30, 2)",
        "i::DOUBLE", "'b'::BLOB", "NULL",
        "CASE WHEN i % 5 > 0 THEN repeat('é', (i % 30)::INT) END", "DATE '2020-01-01' + i::INTEGER",
        "TIMESTAMPTZ '2020-01-01 00:00:00Z' + to_seconds(i)", "['low', 'high', NULL][1 + i % 3]::ENUM ('low', 'high')",
        "CASE WHEN i % 7 > 0 THEN [i, NULL, i + 1][:i % 4] END", "[[i::VARCHAR], [], NULL, [NULL, 'x']][:i % 5]",
        "CASE WHEN i % 4 > 0 THEN {'a': i, 'b': {'c': [i::VARCHAR], 'd': i % 2 = 0}} END",
        "[i, NULL, 3]::INTEGER[3]", "CASE WHEN i % 6 > 0 THEN MAP {'k' || i: [i]} END",
    ]

    @Test(.enabled(if: TestEngine.isThere, "DuckDB is not installed"), arguments: columns)
    func `are gone, and the others are what they were`(column: String) throws {
        let engine = try #require(TestEngine.shared)
        let table = "SELECT i AS id, \(column) AS x FROM range(5000) t(i)"
        for _ in 1...4 {
            let source = try engine.connect().query(table)
            var (batches, stays, first) = ([RecordBatch](), [Int](), 0)
            while let whole = try source.next() {
                // A part of a batch, as others hand them over.
                let from = Int.random(in: 0...9)
                let count = whole.rowCount - from - Int.random(in: 0...9)
                let part = RecordBatch(
                    schema: whole.schema, rowCount: count,
                    columns: whole.columns.map { $0.sliced(from: from, count: count) })
                let share = Int.random(in: 0...3)
                let kept = (0..<count).map { _ in Int.random(in: 0...3) <= share }
                let rows = kept.indices.filter { kept[$0] }
                let ranges = [Range<Int>](kept)
                #expect(ranges.flatMap { Array($0) } == rows)
                stays += rows.map { first + from + $0 }
                // And once more, of what is a copy already.
                batches.append(try part.keeping(ranges).keeping(rows.isEmpty ? [] : [0..<rows.count]))
                first += whole.rowCount
            }
            #expect(batches.reduce(0) { $0 + $1.rowCount } == stays.count)
            let registration = try engine.register(Batches(source.schema, batches.filter { $0.rowCount > 0 }))
            let connection = try engine.connect()
            let found = try connection.rows("SELECT id::VARCHAR, to_json(x)::VARCHAR FROM \(registration.name)")
            let ids = Set(stays.map { "\($0)" })
            let all = try connection.rows("SELECT id::VARCHAR, to_json(x)::VARCHAR FROM (\(table))")
            #expect(registration.failure == nil)
            #expect(found == all.filter { ids.contains($0[0] ?? "") })
        }
    }

    @Test func `are refused where a column can't be looked into`() throws {
        let column = unsafe Column(
            field: Field("choice", .other("+ud:0,1")), length: 2, buffers: [], owner: nil)
        let rows = RecordBatch(schema: Schema([column.field]), rowCount: 2, columns: [column])
        let error = #expect(throws: PipelineError.self) { try rows.keeping([1..<2]) }
        #expect(error?.message.contains("choice") == true && error?.hint != nil)
    }
}

/// Batches that are there already, as a stream.
private final class Batches: BatchStream {
    let schema: Schema
    private let left: Monitor<[RecordBatch]>

    init(_ schema: Schema, _ batches: [RecordBatch]) {
        self.schema = schema
        left = Monitor(batches)
    }

    func next() -> RecordBatch? { left.change { $0.isEmpty ? nil : $0.removeFirst() } }
}
