/// The statements of one load into a table of SQLite, inside a transaction.
struct SQLiteLoad {
    let connection: ADBCConnection
    let table: String
    let stream: any BatchStream
    let transform: Transform
    let location: String
    private static let staging = "_coffer_load"
    private static let staged = "temp.\(SQL.name(staging))"
    private var fields: [Field] { stream.schema.fields }
    private var quoted: String { "main.\(SQL.name(table))" }
    private var names: String { SQL.names(fields.map(\.name)) }

    func run(_ mode: WriteMode, evolve: Bool) throws {
        try prepare(mode, evolve: evolve)
        switch mode {
        case .replace:
            try connection.execute("DELETE FROM \(quoted)")
            try ingest(IngestTarget(name: table))
        case .append: try ingest(IngestTarget(name: table))
        case .merge(let key): try merge(key)
        }
    }

    /// Creates the table, or checks that the columns fit it and adds new ones where that is allowed.
    private func prepare(_ mode: WriteMode, evolve: Bool) throws {
        try mode.requireKey(in: stream.schema)
        guard let found = try SQLiteTable.find(table, connection) else {
            var columns = fields.map { "\(SQL.name($0.name)) \(SQLiteTypes.columnType($0))" }
            if case .merge(let key) = mode { columns.append("PRIMARY KEY (\(SQL.names(key)))") }
            try connection.execute("CREATE TABLE \(quoted) (\(columns.joined(separator: ", ")))")
            return
        }
        let new = fields.filter { found.column($0.name) == nil }
        guard new.isEmpty || evolve else { throw PipelineError.noColumn(new.map(\.name), in: location) }
        for field in new {
            try connection.execute(
                "ALTER TABLE \(quoted) ADD COLUMN \(SQL.name(field.name)) \(SQLiteTypes.columnType(field))")
        }
        if let left = found.columns.first(where: { !$0.isOptional && stream.schema.index(of: $0.name) == nil }) {
            throw PipelineError.requiredColumn(left.name, in: location)
        }
        for field in fields {
            guard let column = found.column(field.name), !SQLiteTypes.fits(field, into: column.declared) else {
                continue
            }
            throw PipelineError(
                .destination,
                "\(location): column \(field.name) is \(column.declared) there and "
                    + "\(SQLiteTypes.columnType(field)) here",
                hint: "write to another table")
        }
    }

    private func ingest(_ target: IngestTarget) throws {
        let projection = SQLiteTypes.projection(for: stream.schema)
        try connection.ingest(projection.map { try transform(stream, $0) } ?? stream, into: target)
    }

    private func merge(_ key: [String]) throws {
        try ingest(IngestTarget(name: Self.staging, creates: true, isTemporary: true))
        try StagedKeys.check(key, in: Self.staged) { try connection.rows($0) }
        let keys = SQL.names(key)
        let isUnique = try SQLiteTable.find(table, connection)?.keys.contains(Set(key)) == true
        let insert = "INSERT INTO \(quoted) (\(names)) SELECT \(names) FROM \(Self.staged) WHERE true"
        if isUnique {
            let updates = fields.map(\.name).filter { !key.contains($0) }
                .map { "\(SQL.name($0)) = excluded.\(SQL.name($0))" }
            let action = updates.isEmpty ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
            try connection.execute("\(insert) ON CONFLICT (\(keys)) DO \(action)")
        } else {
            let index = "temp.\(SQL.name("_coffer_load_key"))"
            try connection.execute("CREATE INDEX \(index) ON \(SQL.name(Self.staging)) (\(keys))")
            let match = key.map { "s.\(SQL.name($0)) = \(quoted).\(SQL.name($0))" }.joined(separator: " AND ")
            try connection.execute(
                "DELETE FROM \(quoted) WHERE EXISTS (SELECT 1 FROM \(Self.staged) AS s WHERE \(match))")
            try connection.execute(insert)
        }
    }
}
