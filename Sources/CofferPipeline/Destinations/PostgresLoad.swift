/// The statements of one load into a table of PostgreSQL, inside a transaction.
struct PostgresLoad {
    let connection: ADBCConnection
    let table: TableName
    let stream: any BatchStream
    let transform: Transform
    let location: String
    private static let staging = "_coffer_load"
    private static let staged = "pg_temp.\(SQL.name(staging))"
    private var fields: [Field] { stream.schema.fields }

    /// Loads the stream and returns the table as it is then.
    func run(_ mode: WriteMode, evolve: Bool) throws -> PostgresTable {
        var found = try PostgresTable.find(table, connection)
        try PostgresLedger(found, connection).lock()
        found = try prepare(PostgresTable.find(table, connection), mode, evolve: evolve)
        let isDirect = fields.allSatisfy {
            PostgresTypes.isDirect($0, into: found.column($0.name)?.typeName ?? "")
                && PostgresTypes.loss($0, into: found.column($0.name)) == nil
        }
        switch mode {
        case .merge(let key):
            try stage(found)
            try refuseLoss(found)
            try merge(key, into: found)
        case .replace, .append:
            if mode == .replace { try connection.execute("DELETE FROM \(found.quoted)") }
            if isDirect {
                let projection = PostgresTypes.projection(for: stream.schema) { found.column($0)?.typeName }
                try ingest(IngestTarget(schema: found.schema, name: found.name), projection)
            } else {
                try stage(found)
                try refuseLoss(found)
                try connection.execute(
                    "INSERT INTO \(found.quoted) (\(names)) OVERRIDING SYSTEM VALUE SELECT \(casts(found)) FROM \(Self.staged)"
                )
            }
        }
        return found
    }

    /// Creates the table, or checks that the columns fit it and adds new ones where that is allowed.
    private func prepare(_ found: PostgresTable, _ mode: WriteMode, evolve: Bool) throws -> PostgresTable {
        try mode.requireKey(in: stream.schema)
        try refuseLongNames(found)
        guard found.exists else {
            var columns = fields.map { "\(SQL.name($0.name)) \(PostgresTypes.columnType($0))" }
            if case .merge(let key) = mode { columns.append("PRIMARY KEY (\(SQL.names(key)))") }
            try connection.execute("CREATE TABLE \(found.quoted) (\(columns.joined(separator: ", ")))")
            return try PostgresTable.find(TableName(schema: found.schema, name: found.name), connection)
        }
        let new = fields.filter { found.column($0.name) == nil }
        if !new.isEmpty {
            guard evolve else { throw PipelineError.noColumn(new.map(\.name), in: location) }
            let added = new.map { "ADD COLUMN \(SQL.name($0.name)) \(PostgresTypes.columnType($0))" }
            try connection.execute("ALTER TABLE \(found.quoted) \(added.joined(separator: ", "))")
        }
        if let left = found.columns.first(where: { !$0.isOptional && stream.schema.index(of: $0.name) == nil }) {
            throw PipelineError.requiredColumn(left.name, in: location)
        }
        for field in fields {
            guard let column = found.column(field.name) else { continue }
            guard PostgresTypes.canCast(field, into: column.typeName) else {
                throw PipelineError(
                    .destination,
                    "\(location): column \(field.name) is \(column.type) there and "
                        + "\(PostgresTypes.columnType(field)) here",
                    hint: "write to another table, or ALTER TABLE … ALTER COLUMN \(SQL.name(field.name)) TYPE "
                        + "\(PostgresTypes.columnType(field)) USING NULL")
            }
        }
        return new.isEmpty
            ? found : try PostgresTable.find(TableName(schema: found.schema, name: found.name), connection)
    }

    /// PostgreSQL cuts names, and then finds neither table nor column again.
    private func refuseLongNames(_ found: PostgresTable) throws {
        guard let long = ([found.name] + fields.map(\.name)).first(where: { $0.utf8.count > 63 }) else { return }
        throw PipelineError(
            .destination, "\(location): the name \(long) has more than 63 bytes, PostgreSQL's limit",
            hint: "give it a shorter one: table:, or query: with AS in the source")
    }

    /// Loads into a temporary table of the types that the driver sends.
    private func stage(_ found: PostgresTable) throws {
        try ingest(
            IngestTarget(name: Self.staging, creates: true, isTemporary: true),
            PostgresTypes.projection(for: stream.schema))
    }

    private func ingest(_ target: IngestTarget, _ projection: [(expression: String, name: String)]?) throws {
        try connection.ingest(projection.map { try transform(stream, $0) } ?? stream, into: target)
    }

    private func merge(_ key: [String], into found: PostgresTable) throws {
        try StagedKeys.check(key, in: Self.staged) { try connection.rows($0) }
        let keys = SQL.names(key)
        if try found.isUnique(by: key, connection) {
            let updates = fields.map(\.name).filter { !key.contains($0) }
                .map { "\(SQL.name($0)) = excluded.\(SQL.name($0))" }
            let action = updates.isEmpty ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
            try connection.execute(
                "INSERT INTO \(found.quoted) (\(names)) OVERRIDING SYSTEM VALUE SELECT \(casts(found)) FROM \(Self.staged) "
                    + "ON CONFLICT (\(keys)) DO \(action)")
        } else {
            try connection.execute("LOCK TABLE \(found.quoted) IN SHARE ROW EXCLUSIVE MODE")
            let match = key.map { "t.\(SQL.name($0)) = \(cast($0, found, of: "s"))" }.joined(separator: " AND ")
            try connection.execute("DELETE FROM \(found.quoted) AS t USING \(Self.staged) AS s WHERE \(match)")
            try connection.execute(
                "INSERT INTO \(found.quoted) (\(names)) OVERRIDING SYSTEM VALUE SELECT \(casts(found)) FROM \(Self.staged)"
            )
        }
    }

    /// The server rounds and cuts what it casts. Every value must come back from its column's type as it was.
    private func refuseLoss(_ found: PostgresTable) throws {
        for field in fields {
            guard let column = found.column(field.name), let loss = PostgresTypes.loss(field, into: column),
                try !connection.rows("SELECT 'loss' FROM \(Self.staged) WHERE \(loss) LIMIT 1").isEmpty
            else { continue }
            throw PipelineError(
                .destination, "\(location), column \(field.name): a value can't be kept whole in \(column.type)",
                hint: "round it in the source with query:, or ALTER TABLE … ALTER COLUMN \(SQL.name(field.name)) TYPE "
                    + PostgresTypes.columnType(field))
        }
    }

    private var names: String { SQL.names(fields.map(\.name)) }

    private func casts(_ found: PostgresTable) -> String {
        fields.map { cast($0.name, found, of: Self.staged) }.joined(separator: ", ")
    }

    private func cast(_ name: String, _ found: PostgresTable, of relation: String) -> String {
        let value = "\(relation == "s" ? "s." : "")\(SQL.name(name))"
        guard let column = found.column(name) else { return value }
        if column.typeName.hasPrefix("_"), fields.contains(where: { $0.name == name && PostgresTypes.isNested($0) }) {
            return """
                CASE WHEN \(value) IS NOT NULL THEN ARRAY(SELECT e FROM pg_catalog.jsonb_array_elements_text(\
                CAST(\(value) AS pg_catalog.jsonb)) WITH ORDINALITY AS l(e, o) ORDER BY o)::\(column.type) END
                """
        }
        // An explicit cast to varchar(3) would cut a longer text; storing one there is an error.
        if ["varchar", "bpchar"].contains(column.typeName) { return "CAST(\(value) AS pg_catalog.text)" }
        return "CAST(\(value) AS \(column.type))"
    }

    /// An error in words, wherever it came from.
    static func sentence(_ location: String, _ error: any Error, _ columns: [String]) -> any Error {
        if let failure = error as? EngineFailure, failure.text.contains(PostgresTypes.nanoseconds) {
            return PipelineError(
                .destination, "\(location): a time has nanoseconds, of which PostgreSQL would keep microseconds only",
                hint: "cast it to a timestamp in the source with query:")
        }
        return PipelineError.about(location, .destination, error, columns: columns)
    }
}
