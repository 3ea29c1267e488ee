/// A table of SQLite as its schema describes it.
struct SQLiteTable {
    /// A column of it.
    struct Column {
        let name: String
        let declared: String
        /// Whether a row may come without it.
        let isOptional: Bool
    }

    let columns: [Column]
    /// Sets of columns by which rows are unique.
    let keys: [Set<String>]

    /// Nil where there is no such table.
    static func find(_ name: String, _ connection: ADBCConnection) throws -> SQLiteTable? {
        guard let kind = try connection.rows("SELECT type FROM main.sqlite_schema WHERE name = ?", [name]).first else {
            return nil
        }
        guard kind[0] == "table" else {
            throw PipelineError(.destination, "\(name) is not a table: only tables are written")
        }
        let rows = try connection.rows(
            """
            SELECT name, type, CAST("notnull" = 0 OR dflt_value IS NOT NULL OR (pk = 1 AND upper(type) = 'INTEGER')
              AS TEXT), CAST(pk AS TEXT) FROM pragma_table_info(?) ORDER BY cid
            """, [name])
        let indexes = try connection.rows(
            """
            SELECT l.name, i.name FROM pragma_index_list(?) AS l, pragma_index_info(l.name) AS i
            WHERE l."unique" = 1 AND l.partial = 0
            """, [name])
        var keys = Dictionary(grouping: indexes) { $0[0] }.values
            .filter { !$0.contains { $0[1] == nil } }.map { Set($0.compactMap { $0[1] }) }
        let primary = Set(rows.filter { $0[3] != "0" }.compactMap { $0[0] })
        if !primary.isEmpty { keys.append(primary) }
        let columns = rows.map { Column(name: $0[0] ?? "", declared: $0[1] ?? "", isOptional: $0[2] == "1") }
        return SQLiteTable(columns: columns, keys: keys)
    }

    /// SQLite compares names without case.
    func column(_ name: String) -> Column? { columns.first { $0.name.lowercased() == name.lowercased() } }
}
