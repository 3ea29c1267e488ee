/// The statements of one load into a DuckDB table, inside a transaction.
struct DuckDBLoad {
    let connection: EngineConnection
    /// The view of the stream.
    let stream: String
    let schema: String
    let table: String
    let location: String
    private var name: String { "\(schema).\(SQL.name(table))" }

    /// Loads the stream and returns its rows.
    func load(_ load: Load, isThere: Bool) throws -> Int {
        if !isThere { return try create(load.mode) }
        switch load.mode {
        case .replace: return try replace(evolve: load.evolve)
        case .append:
            try fit(evolve: load.evolve)
            return try connection.execute("INSERT INTO \(name) BY NAME SELECT * FROM \(stream)")
        case .merge(let key):
            try fit(evolve: load.evolve)
            return try merge(key)
        }
    }

    private func create(_ mode: WriteMode) throws -> Int {
        guard case .merge(let key) = mode else {
            return try connection.execute("CREATE TABLE \(name) AS SELECT * FROM \(stream)")
        }
        let columns = try columns(of: stream).map { "\(SQL.name($0.name)) \($0.type)" }
        try connection.execute(
            "CREATE TABLE \(name) (\(columns.joined(separator: ", ")), PRIMARY KEY (\(SQL.names(key))))")
        return try merge(key)
    }

    /// The rows anew in the same table, so that constraints, indexes, views, defaults and comments stay. Only where a
    /// column's type changes, which `schema: evolve` allows, is the table made anew.
    private func replace(evolve: Bool) throws -> Int {
        let there = Dictionary(uniqueKeysWithValues: try columns(of: name).map { ($0.name.lowercased(), $0.type) })
        let isChanged = try columns(of: stream).contains { there[$0.name.lowercased(), default: $0.type] != $0.type }
        guard evolve, isChanged else {
            try fit(evolve: evolve)
            try connection.execute("DELETE FROM \(name)")
            return try connection.execute("INSERT INTO \(name) BY NAME SELECT * FROM \(stream)")
        }
        let indexes = try connection.rows(
            "SELECT sql FROM duckdb_indexes() WHERE \(here) AND sql IS NOT NULL"
        ).compactMap { $0[0] }
        let rows = try connection.execute("CREATE OR REPLACE TABLE \(name) AS SELECT * FROM \(stream)")
        for index in indexes { try connection.execute(index) }
        return rows
    }

    private var here: String {
        """
        database_name = current_database() AND schema_name = current_schema() AND table_name = \(SQL.literal(table))
        """
    }

    /// Staged in the database first (protected as it is), since a key that comes twice must be seen before a row changes.
    private func merge(_ key: [String]) throws -> Int {
        let staging = "\(schema).\(SQL.name("_coffer_load"))"
        let rows = try connection.execute("CREATE TABLE \(staging) AS SELECT * FROM \(stream)")
        let names = try columns(of: staging).map(\.name)
        if let missing = key.first(where: { !names.contains($0) }) { throw PipelineError.noKeyColumn(missing) }
        try StagedKeys.check(key, in: staging) { try connection.rows($0) }
        let match = key.map { "t.\(SQL.name($0)) = s.\(SQL.name($0))" }.joined(separator: " AND ")
        let updates = names.filter { !key.contains($0) }.map { "\(SQL.name($0)) = s.\(SQL.name($0))" }
        let update = updates.isEmpty ? "" : " WHEN MATCHED THEN UPDATE SET \(updates.joined(separator: ", "))"
        let values = names.map { "s.\(SQL.name($0))" }.joined(separator: ", ")
        try connection.execute(
            """
            MERGE INTO \(name) AS t USING \(staging) AS s ON (\(match))\(update) \
            WHEN NOT MATCHED THEN INSERT (\(SQL.names(names))) VALUES (\(values))
            """)
        try connection.execute("DROP TABLE \(staging)")
        return rows
    }

    /// Whether the stream's columns fit the table; adds new ones where that is allowed.
    private func fit(evolve: Bool) throws {
        let there = Dictionary(uniqueKeysWithValues: try columns(of: name).map { ($0.name.lowercased(), $0) })
        for column in try columns(of: stream) {
            if let old = there[column.name.lowercased()] {
                guard old.type == column.type else {
                    throw PipelineError(
                        .destination, "\(location): column \(column.name) is \(old.type) there and \(column.type) here",
                        hint: "cast it in the source (query:, types:), or with write: replace add schema: evolve")
                }
            } else if evolve {
                try connection.execute("ALTER TABLE \(name) ADD COLUMN \(SQL.name(column.name)) \(column.type)")
            } else {
                throw PipelineError.noColumn([column.name], in: location)
            }
        }
    }

    private struct TableColumn: Equatable {
        let name: String
        let type: String
    }

    private func columns(of relation: String) throws -> [TableColumn] {
        try connection.rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(relation))").map {
            TableColumn(name: $0[0] ?? "", type: $0[1] ?? "")
        }
    }
}
