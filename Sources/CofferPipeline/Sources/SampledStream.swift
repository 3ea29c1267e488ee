/// A SQLite stream without its first row, a sample that told the driver the types; texts are checked to be UTF-8.
final class SampledStream: BatchStream, @unchecked Sendable {
    let schema: Schema
    private let base: any BatchStream
    private let location: String
    private var sampleIsAhead = true

    /// - Throws: ``PipelineError`` where the driver found other types than `schema` says.
    init(_ base: any BatchStream, schema: Schema, location: String) throws {
        self.base = base
        self.schema = schema
        self.location = location
        for (arrived, field) in zip(base.schema.fields, schema.fields) where arrived.type != field.type {
            throw PipelineError(
                .source, "\(location): column \(field.name) holds values of another type than it is declared with",
                hint: "use query: and CAST the column to one type")
        }
    }

    func next() throws -> RecordBatch? {
        while let batch = try base.next() {
            let skipped = sampleIsAhead && batch.rowCount > 0 ? 1 : 0
            if skipped == 1 { sampleIsAhead = false }
            guard batch.rowCount > skipped else { continue }
            let rows = batch.rowCount - skipped
            let columns = try zip(batch.columns, schema.fields).map { column, field in
                let column = column.sliced(from: skipped, count: rows).with(field: field)
                if field.type.isText { try check(column) }
                return column
            }
            return RecordBatch(schema: schema, rowCount: rows, columns: columns)
        }
        return nil
    }

    private func check(_ column: Column) throws {
        let values = column.values
        for row in 0..<column.length where !column.isNull(row) {
            let bytes = unsafe values.bytes(at: row)
            let characters = unsafe Span<UInt8>(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
            guard (try? UTF8Span(validating: characters)) != nil else {
                throw PipelineError(
                    .source, "\(location): a text in column \(column.field.name) is not UTF-8",
                    hint: "use query: and CAST the column to BLOB")
            }
        }
    }
}
