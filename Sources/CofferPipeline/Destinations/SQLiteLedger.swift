/// `_coffer_keys` and `_coffer_runs` of a SQLite file.
struct SQLiteLedger {
    private let table: String
    private let connection: ADBCConnection
    private static let keys = "main.\(SQL.name(DestinationTables.keys))"
    private static let runsTable = "main.\(SQL.name(DestinationTables.runs))"

    init(_ table: String, _ connection: ADBCConnection) {
        self.table = table
        self.connection = connection
    }

    /// Makes both tables and takes the write lock, which a transaction that has read before may not get any more.
    func prepare() throws {
        try connection.execute("CREATE TABLE IF NOT EXISTS \(Self.keys) (\(Ledger.keysColumns))")
        try connection.execute("CREATE TABLE IF NOT EXISTS \(Self.runsTable) (\(Ledger.runsColumns))")
        try connection.execute("DELETE FROM \(Self.runsTable) WHERE false")
    }

    func catalogues() throws -> [CatalogueRecord] {
        guard try isThere(DestinationTables.keys) else { return [] }
        return try connection.rows(
            Self.texts("dataset, catalogue_id, document")
                + "SELECT dataset, catalogue_id, document FROM \(Self.keys) WHERE table_name = ?", [table]
        ).dropFirst().map {
            CatalogueRecord(dataset: $0[0] ?? "", id: $0[1] ?? "", document: Array(($0[2] ?? "").utf8))
        }
    }

    func runs() throws -> [RunRecord] {
        guard try isThere(DestinationTables.runs) else { return [] }
        return try connection.rows(
            Self.texts("run_id, pipeline, finished_at, n, files, cursor_value")
                + """
                SELECT * FROM (SELECT run_id, pipeline, finished_at, CAST("rows" AS TEXT), files, cursor_value
                FROM \(Self.runsTable) WHERE table_name = ? ORDER BY finished_at, rowid)
                """, [table]
        ).dropFirst().map { try RunRecord(row: $0) }
    }

    /// A first row of texts, which tells the driver that the columns are texts also where they begin with nulls.
    private static func texts(_ names: String) -> String {
        "SELECT " + names.split(separator: ",").map { "'' AS \($0)" }.joined(separator: ", ") + " UNION ALL "
    }

    /// Notes a load, after its rows and in their transaction.
    func put(_ run: RunRecord, catalogue: CatalogueRecord?, replacing: Bool) throws {
        if replacing {  // what earlier loads brought is gone
            try connection.execute("DELETE FROM \(Self.keys) WHERE table_name = ?", [table])
            try connection.execute("DELETE FROM \(Self.runsTable) WHERE table_name = ?", [table])
        }
        if let catalogue { try put(catalogue) }
        try connection.execute(
            Ledger.insertRun(into: Self.runsTable) { "?\($0)" },
            [run.id, table, run.pipeline, run.finishedAt, "\(run.rows)", run.filesDocument, run.cursor])
    }

    func put(_ catalogue: CatalogueRecord) throws {
        try connection.execute(
            Ledger.insertKeys(into: Self.keys) { "?\($0)" },
            [table, catalogue.dataset, catalogue.id, try Ledger.text(catalogue.document), Timestamp.now()])
    }

    private func isThere(_ name: String) throws -> Bool {
        try !connection.rows("SELECT 'yes' FROM main.sqlite_schema WHERE type = 'table' AND name = ?", [name]).isEmpty
    }
}
