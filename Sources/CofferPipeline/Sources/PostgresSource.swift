import Synchronization

/// A table or query of PostgreSQL, read in one snapshot: what others write meanwhile is not seen.
package final class PostgresSource: Source {
    package let location: String
    package let defaultDataset: String?
    package let files: [LoadedFile] = []
    private let address: PostgresAddress
    private let table: TableName?
    /// What is selected from.
    private let from: String
    /// What it is called in errors.
    private let title: String
    private let driver: ADBCDriver
    private let connection = Mutex<ADBCConnection?>(nil)

    /// A source; it connects when it is first asked something.
    package init(_ address: PostgresAddress, _ relation: Relation, driver: ADBCDriver) {
        self.address = address
        self.driver = driver
        switch relation {
        case .table(let name): (table, from) = (name, Self.quoted(name))
        case .query(let query): (table, from) = (nil, Relation.derived(query))
        }
        title = relation.title
        defaultDataset = relation.defaultDataset
        location = "\(address.location), \(title)"
    }

    package func describe(_ selection: Selection) throws -> Schema {
        Schema(try columns(selection).map(\.field))
    }

    package func maximum(of column: String) throws -> String? {
        let found = try columns(Selection(columns: [column]))[0]
        try requireCursor(found)
        let name = SQL.name(column)
        let rows = try perform {
            try $0.rows(
                "SELECT max(\(name))::pg_catalog.text, bool_or(\(name) IS NULL)::pg_catalog.text "
                    + "FROM \(from) AS coffer_source")
        }
        guard rows.first?[1] != "true" else { throw CursorRange.missing(column) }
        return rows.first?[0]
    }

    package func open(_ selection: Selection) throws -> any BatchStream {
        let columns = try columns(selection)
        var condition = ""
        var bounds: [(String, String)] = []
        if let range = selection.cursor {
            let cursor = try self.columns(Selection(columns: [range.column]))[0]
            let type = try requireCursor(cursor)
            // Settings of this transaction carry the values: nothing of them becomes SQL.
            func bound(_ name: String) -> String { "pg_catalog.current_setting('coffer.\(name)')::\(type)" }
            condition = " WHERE \(SQL.name(range.column)) <= \(bound("through"))"
            bounds.append(("coffer.through", range.through))
            if let after = range.after {
                let comparison = range.includesAfter ? ">=" : ">"
                condition += " AND \(SQL.name(range.column)) \(comparison) \(bound("after"))"
                bounds.append(("coffer.after", after))
            }
        }
        let list = columns.map { "\($0.expression) AS \(SQL.name($0.name))" }.joined(separator: ", ")
        let stream = try perform { [from] connection in
            for (name, value) in bounds {
                _ = try connection.rows("SELECT pg_catalog.set_config($1, $2, true)", [name, value])
            }
            return try connection.query("SELECT \(list) FROM \(from) AS coffer_source\(condition)")
        }
        let what = "reading \(title)"
        let names = columns.map(\.name)
        return ReshapedStream(
            MappedStream(stream) { PipelineError.about(what, .source, $0, columns: names) },
            schema: Schema(columns.map(\.field))
        ) { batch in try zip(columns, batch.columns).map { try $0.column($1) } }
    }

    /// A snapshot does not change.
    package func verifyUnchanged() throws {}

    package var expectedRows: Int? {
        guard let table else { return nil }
        let rows = try? perform {
            try $0.rows(
                """
                SELECT c.reltuples::pg_catalog.int8::pg_catalog.text FROM pg_catalog.pg_class c
                WHERE c.oid = pg_catalog.to_regclass($1)
                """, [Self.quoted(table)])
        }
        return (rows?.first?[0]).flatMap { $0 }.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    package func columnComments() throws -> [(column: String, comment: String)] {
        guard let table else { return [] }
        let rows = try perform {
            try $0.rows(
                """
                SELECT a.attname::pg_catalog.text, pg_catalog.col_description(a.attrelid, a.attnum)::pg_catalog.text
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
                """, [Self.quoted(table)])
        }
        return rows.compactMap { row in row[0].flatMap { name in row[1].map { (name, $0) } } }
    }

    package func cancel() { connection.withLock { $0 }?.cancel() }

    private static func quoted(_ table: TableName) -> String {
        (table.schema.map { SQL.name($0) + "." } ?? "") + SQL.name(table.name)
    }

    @discardableResult
    private func requireCursor(_ column: PostgresColumn) throws -> String {
        guard let type = column.type, PostgresColumn.cursors.contains(type) else {
            throw PipelineError(
                .policy, "\(column.name) can't be a cursor: it needs a number, a date, a time stamp or a text")
        }
        return "pg_catalog.\(type)"
    }

    private func columns(_ selection: Selection) throws -> [PostgresColumn] {
        let described = try perform { try $0.schema(of: "SELECT * FROM \(from) AS coffer_source") }
        let all = described.fields.map { PostgresColumn($0, isArray: isArray) }
        return try selection.pick(from: all, name: \.name, of: title)
    }

    /// Whether a type that the driver doesn't know (`unnamed<oid:16389>`) is an array.
    private func isArray(_ type: String) -> Bool {
        guard let mark = type.firstRange(of: "oid:"), let oid = UInt32(type[mark.upperBound...].dropLast()) else {
            return false
        }
        let rows = try? perform {
            try $0.rows(
                "SELECT t.typcategory::pg_catalog.text FROM pg_catalog.pg_type t WHERE t.oid = $1::pg_catalog.oid",
                ["\(oid)"])
        }
        return rows?.first?[0] == "A"
    }

    /// Runs `body` on the one connection, in its snapshot.
    private func perform<Result>(_ body: (ADBCConnection) throws -> Result) throws -> Result {
        do {
            return try body(open())
        } catch {
            throw PipelineError.about("\(address.location), \(title)", .source, error)
        }
    }

    private func open() throws -> ADBCConnection {
        if let open = connection.withLock({ $0 }) { return open }
        let new = try PostgresSession.open(address, driver)
        try new.begin()
        try new.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.withLock { $0 = new }
        return new
    }
}
