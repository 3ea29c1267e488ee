/// A table or query of a DuckDB file, read in one snapshot.
package final class DuckDBSource: Source, @unchecked Sendable {
    package let location: String
    package let defaultDataset: String?
    package let files: [LoadedFile] = []
    private let relation: Relation
    private let connection: EngineConnection
    private let database: String
    private let path: String

    /// Attaches the file, read-only unless the engine writes to it already.
    package init(_ path: String, _ relation: Relation, engine: Engine) throws {
        guard FileSystem.status(path) != nil else { throw PipelineError(.source, "there is no database \(path)") }
        self.path = path
        self.relation = relation
        location = "\(path), \(relation.title)"
        defaultDataset = relation.defaultDataset
        connection = try engine.connect()
        do {
            database = try engine.attach(path, writable: false)
            try connection.execute("USE \(SQL.name(database))")
        } catch let failure as EngineFailure {
            throw failure.sentence(.source, path)
        }
    }

    private var sql: String {
        switch relation {
        case .table(let table): (table.schema.map { SQL.name($0) + "." } ?? "") + SQL.name(table.name)
        case .query(let text): Relation.derived(text)
        }
    }

    private func query(_ selection: Selection) -> String {
        let columns = selection.columns.map(SQL.names) ?? "*"
        let range = selection.cursor.map { " WHERE \(Cursor.condition($0))" } ?? ""
        return "SELECT \(columns) FROM \(sql) AS source\(range)"
    }

    package func describe(_ selection: Selection) throws -> Schema {
        try reading { try connection.query(query(selection) + " LIMIT 0").schema }
    }

    package func maximum(of column: String) throws -> String? {
        try reading { try Cursor.maximum(of: column, in: sql + " AS source", connection) }
    }

    package func hold() throws { _ = try reading { try connection.execute("BEGIN TRANSACTION") } }

    package func open(_ selection: Selection) throws -> any BatchStream {
        let stream = try reading { try connection.query(query(selection)) }
        return MappedStream(stream) { [location] in ($0 as? EngineFailure)?.sentence(.source, location) ?? $0 }
    }

    package func verifyUnchanged() {}

    package var expectedRows: Int? {
        guard case .table = relation else { return nil }
        return (try? connection.rows("SELECT count(*)::VARCHAR FROM \(sql)"))?.first?.first.flatMap {
            $0.flatMap { Int($0) }
        }
    }

    package func columnComments() throws -> [(column: String, comment: String)] {
        guard case .table(let table) = relation else { return [] }
        let schema = table.schema.map(SQL.literal) ?? "current_schema()"
        let rows = try reading {
            try connection.rows(
                """
                SELECT column_name, comment FROM duckdb_columns() WHERE database_name = \(SQL.literal(database))
                AND schema_name = \(schema) AND lower(table_name) = lower(\(SQL.literal(table.name)))
                AND comment IS NOT NULL
                """)
        }
        return rows.compactMap { row in row[0].flatMap { name in row[1].map { (name, $0) } } }
    }

    package func cancel() { connection.interrupt() }

    private func reading<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let failure as EngineFailure {
            if case .table(let name) = relation, failure.kind == .catalog {
                throw PipelineError(.source, "\(path) has no table \(name)")
            }
            throw failure.sentence(.source, location)
        }
    }
}
