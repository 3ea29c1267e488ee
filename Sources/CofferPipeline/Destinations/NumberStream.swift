/// Refuses what is no number in a column of them: SQLite would store NULL for it.
final class NumberStream: BatchStream {
    private let base: any BatchStream
    private let location: String
    var schema: Schema { base.schema }

    init(_ base: any BatchStream, _ location: String) {
        self.base = base
        self.location = location
    }

    func next() throws -> RecordBatch? {
        guard let batch = try base.next() else { return nil }
        for column in batch.columns where column.field.type == .float64 || column.field.type == .float32 {
            let values = column.values
            for row in 0..<column.length where !column.isNull(row) {
                let bytes = unsafe values.bytes(at: row)
                let isNumber =
                    bytes.count == 8
                    ? unsafe !bytes.loadUnaligned(as: Double.self).isNaN
                    : unsafe !bytes.loadUnaligned(as: Float.self).isNaN
                if !isNumber {
                    throw PipelineError(
                        .destination,
                        "\(location), column \(column.field.name): a value is not a number (NaN), for which "
                            + "SQLite would store NULL", hint: "make it NULL in the source with query:, or encrypt it")
                }
            }
        }
        return batch
    }
}
