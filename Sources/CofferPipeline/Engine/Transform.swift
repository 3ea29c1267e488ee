extension Engine {
    /// `input` with its columns computed anew by SQL expressions, batch by batch: casts, nested data to JSON.
    package func transform(
        _ input: any BatchStream, _ projection: [(expression: String, name: String)], where condition: String? = nil
    ) throws -> any BatchStream {
        let connection = try connect()
        if condition != nil {
            // The engine would hand conditions down to the stream, which does not know of them, and then not apply them.
            try connection.execute("SET disabled_optimizers = 'filter_pushdown,join_filter_pushdown'")
        }
        let registration = try register(input)
        let columns = projection.map { "\($0.expression) AS \(SQL.name($0.name))" }.joined(separator: ", ")
        let filter = condition.map { " WHERE (\($0)\n)" } ?? ""
        let output = try connection.query("SELECT \(columns) FROM \(registration.name)\(filter)")
        return TransformedStream(output, registration)
    }
}

/// The engine's output, with its input kept alive; what the input failed with comes first.
private final class TransformedStream: BatchStream {
    private let output: any BatchStream
    private let input: Registration
    var schema: Schema { output.schema }

    init(_ output: any BatchStream, _ input: Registration) {
        self.output = output
        self.input = input
    }

    func next() throws -> RecordBatch? {
        do {
            return try output.next()
        } catch {
            throw input.failure ?? error
        }
    }
}
