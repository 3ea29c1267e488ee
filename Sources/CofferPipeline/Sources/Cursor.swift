/// Incremental reads in the engine's SQL.
enum Cursor {
    /// The rows of a range. The bounds are texts that the engine casts to the column's type.
    static func condition(_ range: CursorRange) -> String {
        let column = SQL.name(range.column)
        let upper = "\(column) <= \(SQL.literal(range.through))"
        guard let after = range.after else { return upper }
        return "\(column) \(range.includesAfter ? ">=" : ">") \(SQL.literal(after)) AND \(upper)"
    }

    /// The largest value of `column` as text.
    static func maximum(of column: String, in relation: String, _ connection: EngineConnection) throws -> String? {
        let name = SQL.name(column)
        let rows = try connection.rows(
            "SELECT max(\(name))::VARCHAR, (count(*) - count(\(name)))::VARCHAR FROM \(relation)")
        if let nulls = rows.first?[1], nulls != "0" {
            throw PipelineError(
                .source, "the cursor column \(column) is null in \(nulls) rows, which would never be read",
                hint: "choose a column without nulls, or filter them out with query:")
        }
        return rows.first?[0]
    }
}

/// A stream without rows.
final class EmptyStream: BatchStream {
    let schema: Schema
    init(schema: Schema) { self.schema = schema }
    func next() -> RecordBatch? { nil }
}

/// A stream whose failures are put into words.
final class MappedStream: BatchStream {
    private let stream: any BatchStream
    private let mapped: @Sendable (any Error) -> any Error
    var schema: Schema { stream.schema }

    init(_ stream: any BatchStream, _ mapped: @escaping @Sendable (any Error) -> any Error) {
        self.stream = stream
        self.mapped = mapped
    }

    func next() throws -> RecordBatch? {
        do { return try stream.next() } catch { throw mapped(error) }
    }
}
