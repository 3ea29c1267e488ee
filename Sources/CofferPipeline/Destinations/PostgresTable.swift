/// A table of PostgreSQL as its catalogue describes it, or the place where it will be.
struct PostgresTable {
    /// A column of it.
    struct Column {
        let name: String
        /// Its type as SQL writes it, `numeric(10,2)`.
        let type: String
        /// The type's name in pg_type.
        let typeName: String
        /// Whether a row may come without it.
        let isOptional: Bool
    }

    let schema: String
    let name: String
    /// Empty where the table is not there.
    let columns: [Column]
    let exists: Bool

    /// `"schema"."table"`.
    var quoted: String { Self.quoted(schema, name) }

    static func quoted(_ schema: String, _ name: String) -> String { "\(SQL.name(schema)).\(SQL.name(name))" }

    /// Looks a table up where an unqualified name would be found, or in its schema.
    static func find(_ table: TableName, _ connection: ADBCConnection) throws -> PostgresTable {
        let found = try connection.rows(
            """
            SELECT n.nspname::pg_catalog.text, c.relkind::pg_catalog.text, c.oid::pg_catalog.text
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname::pg_catalog.text = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND CASE WHEN $2::pg_catalog.text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
                       ELSE n.nspname::pg_catalog.text = $2 END
            """, [table.name, table.schema])
        guard let row = found.first, let schema = row[0], let oid = row[2] else {
            let current = try table.schema ?? connection.rows("SELECT current_schema()::pg_catalog.text").first?[0]
            guard let current else {
                throw PipelineError(
                    .destination, "no schema of the search path is there for table \(table)",
                    hint: "write the table as schema.table")
            }
            return PostgresTable(schema: current, name: table.name, columns: [], exists: false)
        }
        guard row[1] == "r" || row[1] == "p" else {
            throw PipelineError(.destination, "\(table) is not a table: only tables are written")
        }
        let columns = try connection.rows(
            """
            SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, a.atttypmod)::pg_catalog.text,
                   t.typname::pg_catalog.text,
                   (NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '')::pg_catalog.text
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, [oid])
        return PostgresTable(
            schema: schema, name: table.name,
            columns: columns.map {
                Column(name: $0[0] ?? "", type: $0[1] ?? "", typeName: $0[2] ?? "", isOptional: $0[3] == "true")
            }, exists: true)
    }

    /// Whether rows are unique by exactly these columns, so that the server can resolve conflicts itself.
    func isUnique(by key: [String], _ connection: ADBCConnection) throws -> Bool {
        let indexes = try connection.rows(
            """
            SELECT i.indexrelid::pg_catalog.text, a.attname::pg_catalog.text
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
              AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])
            WHERE c.relname::pg_catalog.text = $1 AND n.nspname::pg_catalog.text = $2 AND i.indisunique
              AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
            """, [name, schema])
        return Dictionary(grouping: indexes) { $0[0] }.values.contains { Set($0.compactMap { $0[1] }) == Set(key) }
    }

    func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}
