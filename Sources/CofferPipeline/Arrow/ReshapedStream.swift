/// A stream whose batches are changed one by one: other names and metadata, values in another form.
final class ReshapedStream: BatchStream {
    let schema: Schema
    private let base: any BatchStream
    private let reshape: @Sendable (RecordBatch) throws -> [Column]

    /// `reshape` returns columns that fit `schema`, of as many rows as the batch it gets.
    init(_ base: any BatchStream, schema: Schema, _ reshape: @escaping @Sendable (RecordBatch) throws -> [Column]) {
        self.base = base
        self.schema = schema
        self.reshape = reshape
    }

    func next() throws -> RecordBatch? {
        guard let batch = try base.next() else { return nil }
        let columns = try reshape(batch)
        return RecordBatch(schema: schema, rowCount: columns.first?.length ?? batch.rowCount, columns: columns)
    }
}
