import Synchronization

/// A table or query of a SQLite file, read in one snapshot.
package final class SQLiteSource: Source {
    package let location: String
    package let defaultDataset: String?
    package let files: [LoadedFile] = []
    private let path: String
    private let table: String?
    private let from: String
    private let title: String
    private let driver: ADBCDriver
    private let state = Mutex<(connection: ADBCConnection?, columns: [Column]?)>((nil, nil))

    /// A source; the file is opened when it is first asked something.
    package init(_ path: String, _ relation: Relation, driver: ADBCDriver) throws(PipelineError) {
        self.path = path
        self.driver = driver
        switch relation {
        case .table(let name): (table, from) = (try name.withoutSchema(), SQL.name(name.name))
        case .query(let query): (table, from) = (nil, Relation.derived(query))
        }
        title = relation.title
        defaultDataset = relation.defaultDataset
        location = "\(path), \(title)"
    }

    /// A column, how it is read and what is known of its kind.
    private struct Column {
        let name: String
        let declared: SQLiteKind?
        var kind: SQLiteKind
        var isMixed = false
        var isJSON = false

        var field: Field {
            let json = [Field.Metadata("ARROW:extension:name", "arrow.json")]
            return Field(name, kind.type, metadata: isJSON && kind == .text ? json : [])
        }
    }

    package func describe(_ selection: Selection) throws -> Schema {
        Schema(try columns(selection).map(\.field))
    }

    package func maximum(of column: String) throws -> String? {
        let found = try columns(Selection(columns: [column]))[0]
        guard found.kind != .blob, !found.isMixed else { throw unfit(column) }
        let name = SQL.name(column)
        let rows = try perform {
            try $0.rows(
                "SELECT '' AS a, '' AS b UNION ALL SELECT \(found.kind.maximum(name)), "
                    + "CAST(max(\(name) IS NULL) AS TEXT) FROM \(from) AS coffer_source")
        }
        guard rows.last?[1] != "1" else { throw CursorRange.missing(column) }
        return rows.last?[0]
    }

    private func unfit(_ column: String) -> PipelineError {
        PipelineError(.policy, "\(column) can't be a cursor: it needs values of one kind, numbers or texts")
    }

    package func open(_ selection: Selection) throws -> any BatchStream {
        let columns = try columns(selection)
        guard !columns.isEmpty else { throw PipelineError(.source, "\(location) has no columns") }
        var condition = ""
        var bounds: [String] = []
        if let range = selection.cursor {
            let cursor = try self.columns(Selection(columns: [range.column]))[0]
            guard cursor.kind != .blob, !cursor.isMixed else { throw unfit(range.column) }
            condition = " WHERE \(SQL.name(range.column)) <= \(cursor.kind.bound)"
            bounds.append(range.through)
            if let after = range.after {
                condition += " AND \(SQL.name(range.column)) \(range.includesAfter ? ">=" : ">") \(cursor.kind.bound)"
                bounds.append(after)
            }
        }
        let samples = columns.map { "\($0.kind.sample) AS \(SQL.name($0.name))" }.joined(separator: ", ")
        let values = columns.map { $0.kind.checked(SQL.name($0.name), isMixed: $0.isMixed) }.joined(separator: ", ")
        let sql = "SELECT \(samples) UNION ALL SELECT \(values) FROM \(from) AS coffer_source\(condition)"
        let stream = try perform {
            try $0.query(sql, bounds, options: [("adbc.sqlite.query.batch_rows", "16384")])
        }
        let names = columns.map(\.name)
        let mapped = MappedStream(stream) { [location] in
            PipelineError.about(location, .source, $0, columns: names)
        }
        return try SampledStream(mapped, schema: Schema(columns.map(\.field)), location: location)
    }

    /// A snapshot does not change.
    package func verifyUnchanged() throws {}

    package var expectedRows: Int? {
        guard table != nil else { return nil }
        let rows = try? perform { try $0.rows("SELECT CAST(count(*) AS TEXT) FROM \(from)") }
        return (rows?.first?[0]).flatMap { $0 }.flatMap { Int($0) }
    }

    package func cancel() { state.withLock { $0.connection }?.cancel() }

    private func columns(_ selection: Selection) throws -> [Column] {
        let all = try state.withLock { $0.columns } ?? perform { try discover($0) }
        state.withLock { $0.columns = all }
        return try selection.pick(from: all, name: \.name, of: location)
    }

    /// The columns with their kinds: by declaration where that says it, else by all their values.
    private func discover(_ connection: ADBCConnection) throws -> [Column] {
        var columns: [Column] = []
        if let table {
            let rows = try connection.rows(
                "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", [table])
            guard !rows.isEmpty else { throw PipelineError(.source, "\(path) has no table \(table)") }
            columns = rows.map { row in
                let kind = SQLiteKind(declared: row[1] ?? "")
                let isJSON = row[1]?.uppercased().hasPrefix("JSON") == true
                return Column(name: row[0] ?? "", declared: kind, kind: kind ?? .text, isJSON: isJSON)
            }
        } else {
            let schema = try connection.query("SELECT * FROM \(from) AS coffer_source LIMIT 0").schema
            columns = schema.fields.map { Column(name: $0.name, declared: nil, kind: .text) }
        }
        let open = columns.indices.filter { columns[$0].declared == nil }
        guard !open.isEmpty else { return columns }
        let large = 9_007_199_254_740_992  // beyond 2^53 a whole number may not fit a double
        let checks = open.flatMap { index in
            let name = SQL.name(columns[index].name)
            return ["integer", "real", "text", "blob"].map { "typeof(\(name)) = '\($0)'" }
                + ["typeof(\(name)) = 'integer' AND \(name) NOT BETWEEN -\(large) AND \(large)"]
        }
        let list = checks.map { "CAST(coalesce(max(\($0)), 0) AS TEXT)" }.joined(separator: ", ")
        let found = try connection.rows("SELECT \(list) FROM \(from) AS coffer_source").first ?? []
        for (position, index) in open.enumerated() {
            let flags = found[(position * 5)..<(position * 5 + 5)].map { $0 == "1" }
            switch (flags[0], flags[1], flags[2], flags[3]) {
            case (true, false, false, false): columns[index].kind = .integer
            case (_, true, false, false) where !flags[4]: columns[index].kind = .real
            case (false, false, _, false): columns[index].kind = .text
            case (false, false, false, true): columns[index].kind = .blob
            case (_, _, _, false): (columns[index].kind, columns[index].isMixed) = (.text, true)
            case (_, _, _, true):
                throw PipelineError(
                    .source, "\(location): column \(columns[index].name) holds bytes and other values",
                    hint: "use query: and CAST the column to one type")
            }
        }
        return columns
    }

    private func perform<Result>(_ body: (ADBCConnection) throws -> Result) throws -> Result {
        do { return try body(open()) } catch { throw PipelineError.about(location, .source, error) }
    }

    private func open() throws -> ADBCConnection {
        if let open = state.withLock({ $0.connection }) { return open }
        let new = try SQLiteSession.open(path, driver, isReadOnly: true)
        try new.begin()
        state.withLock { $0.connection = new }
        return new
    }
}
