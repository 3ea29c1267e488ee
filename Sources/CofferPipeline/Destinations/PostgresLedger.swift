/// `_coffer_keys` and `_coffer_runs` in the schema of a table.
struct PostgresLedger {
    private let table: PostgresTable
    private let connection: ADBCConnection

    init(_ table: PostgresTable, _ connection: ADBCConnection) {
        self.table = table
        self.connection = connection
    }

    private var keys: String { PostgresTable.quoted(table.schema, DestinationTables.keys) }
    private var runsTable: String { PostgresTable.quoted(table.schema, DestinationTables.runs) }

    /// Waits until no other load writes to the table, until the transaction ends. Needs no right on the table.
    func lock(_ what: String? = nil) throws {
        _ = try connection.rows(
            """
            SELECT 'held' FROM (SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))) AS l
            """, ["coffer \(what ?? table.quoted)"])
    }

    func catalogues() throws -> [CatalogueRecord] {
        guard try isThere(DestinationTables.keys) else { return [] }
        return try connection.rows(
            "SELECT dataset, catalogue_id, document FROM \(keys) WHERE table_name = $1 ORDER BY dataset", [table.name]
        ).map { CatalogueRecord(dataset: $0[0] ?? "", id: $0[1] ?? "", document: Array(($0[2] ?? "").utf8)) }
    }

    func runs() throws -> [RunRecord] {
        guard try isThere(DestinationTables.runs) else { return [] }
        return try connection.rows(
            """
            SELECT run_id, pipeline, finished_at, "rows"::pg_catalog.text, files, cursor_value FROM \(runsTable)
            WHERE table_name = $1 ORDER BY finished_at
            """, [table.name]
        ).map { try RunRecord(row: $0) }
    }

    /// Notes a load, after its rows and in their transaction.
    func put(_ run: RunRecord, catalogue: CatalogueRecord?, replacing: Bool) throws {
        try make(DestinationTables.keys, keys, Ledger.keysColumns)
        try make(DestinationTables.runs, runsTable, Ledger.runsColumns)
        if replacing {  // what earlier loads brought is gone
            try connection.execute("DELETE FROM \(keys) WHERE table_name = $1", [table.name])
            try connection.execute("DELETE FROM \(runsTable) WHERE table_name = $1", [table.name])
        }
        if let catalogue { try put(catalogue) }
        try connection.execute(
            Ledger.insertRun(into: runsTable) { "$\($0)" },
            [
                run.id, table.name, run.pipeline, run.finishedAt, "\(run.rows)", run.filesDocument, run.cursor,
            ])
    }

    func put(_ catalogue: CatalogueRecord) throws {
        try connection.execute(
            Ledger.insertKeys(into: keys) { "$\($0)" },
            [table.name, catalogue.dataset, catalogue.id, try Ledger.text(catalogue.document), Timestamp.now()])
    }

    private func isThere(_ name: String) throws -> Bool {
        try !connection.rows(
            """
            SELECT 'yes' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname::pg_catalog.text = $1 AND n.nspname::pg_catalog.text = $2
            """, [name, table.schema]
        ).isEmpty
    }

    /// CREATE TABLE IF NOT EXISTS asks for the right to create even where the table is there.
    private func make(_ name: String, _ quoted: String, _ columns: String) throws {
        guard try !isThere(name) else { return }
        try lock(quoted)
        guard try !isThere(name) else { return }
        try connection.execute("CREATE TABLE \(quoted) (\(columns))")
    }
}
