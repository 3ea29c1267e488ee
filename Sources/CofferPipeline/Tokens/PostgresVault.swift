import Coffer

/// A vault in the schema `coffer_vault` of a PostgreSQL database, for all who may use that.
struct PostgresVault: VaultDialect {
    private static let schema = "coffer_vault"
    private static let staging = "_coffer_tokens"
    private static let staged = "pg_temp.\(SQL.name(staging))"

    /// Opens the vault of a database; one is made where there is none and `creates` allows it.
    static func open(_ address: PostgresAddress, creates: Bool) throws -> any TokenVault {
        let connection = try PostgresSession.open(address, ADBCDriver.open(.postgresql))
        var isThere = false
        do {
            // Short queries, which it would compile for longer than they take.
            try connection.execute("SET jit = off")
            let found = "SELECT 'yes' FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'tokens'"
            isThere = try !connection.rows(found, [schema]).isEmpty
        } catch {
            throw PipelineError.about("the token vault \(address.location)", .vault, error)
        }
        guard isThere || creates else {
            throw PipelineError(
                .vault, "there is no token vault in \(address.location)",
                hint: "name the one that the tokens were made in with --vault, or vault: in the pipeline")
        }
        // Who may only use a vault may not make one.
        return try DatabaseVault(connection, PostgresVault(), location: address.location, creates: !isThere)
    }

    func name(_ table: String) -> String { "\(Self.schema).\(SQL.name(table))" }

    var tables: [String] {
        [
            "SELECT pg_catalog.pg_advisory_xact_lock(\(Self.lockNumber), -1)",
            "CREATE SCHEMA IF NOT EXISTS \(Self.schema)",
        ]
            + tables(
                number: "bigint", bytes: bytesType, counting: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                options: "", index: "tokens_by_expiry ON \(name("tokens"))")
    }

    var begin: String { "BEGIN" }

    /// The first of the two numbers of our advisory locks.
    private static let lockNumber = 1_668_246_118

    /// Writers of one domain come one after the other: none waits for a row of another, so none can wait in a circle.
    func lock(_ connection: ADBCConnection, domain: Int?) throws {
        try connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(\(Self.lockNumber), \(domain ?? 0))")
    }

    /// Loads `rows` into a temporary table, does `body`, and drops it.
    private func staging(_ rows: RecordBatch, _ connection: ADBCConnection, _ body: () throws -> Void) throws {
        try connection.ingest(
            BatchList(rows.schema, [rows]), into: IngestTarget(name: Self.staging, creates: true, isTemporary: true))
        try body()
        try connection.execute("DROP TABLE \(Self.staged)")
    }

    /// The loaded rows (w) beside the tokens (t) that meet `condition`, one look by index for each row. A plain join is left to
    /// a planner that knows nothing of a table just filled: it reads all tokens for each group of values, or worse.
    private func joined(where condition: String) -> String {
        "\(Self.staged) AS w CROSS JOIN LATERAL (SELECT t.ctid, t.* FROM \(name("tokens")) AS t WHERE \(condition) OFFSET 0) AS t"
    }

    func look(
        up wanted: RecordBatch, columns: String, where condition: String, _ scope: TokenScope,
        _ connection: ADBCConnection, _ found: (RecordBatch) throws -> Void
    ) throws {
        try staging(wanted, connection) {
            let stream = try connection.query(
                "SELECT w.position, \(columns) FROM "
                    + joined(where: "t.domain = \(scope.domain) AND t.expires > \(scope.now) AND \(condition)"))
            while let batch = try stream.next() { try found(batch) }
        }
    }

    func insert(_ rows: RecordBatch, constants: String, _ connection: ADBCConnection) throws -> Bool {
        var isWhole = false
        try staging(rows, connection) {
            try connection.execute(
                "INSERT INTO \(name("tokens")) (domain, \"key\", created, expires, idx, slot, token, sealed) "
                    + "SELECT \(constants), idx, slot, token, sealed FROM \(Self.staged) ON CONFLICT DO NOTHING")
            let domain = constants.prefix { $0 != "," }
            let count = try connection.rows(
                "SELECT CAST(count(*) AS TEXT) FROM "
                    + joined(where: "t.domain = \(domain) AND t.idx = w.idx AND t.slot = w.slot AND t.token = w.token"))
            isWhole = count.first?.first == String(rows.rowCount)
        }
        return isWhole
    }

    var bytesType: String { "bytea" }
    var tokenBytes: String { "pg_catalog.convert_to(t.token, 'UTF8')" }

    func delete(
        _ rows: RecordBatch, by column: TokenColumn, in domain: Int, retiring: Bool, _ connection: ADBCConnection
    ) throws {
        try staging(rows, connection) {
            let found = joined(where: "t.domain = \(domain) AND t.\(column.rawValue) = w.\(column.rawValue)")
            try connection.execute(
                "\(retiring ? retire : "DELETE FROM \(name("tokens")) AS t") WHERE t.ctid = "
                    + "ANY(ARRAY(SELECT t.ctid FROM \(found)))")
        }
    }

    /// What PostgreSQL has committed is on the disk.
    func sync(_ connection: ADBCConnection, _ statement: String) throws { try connection.execute(statement) }
}

/// Batches that are there already, as a stream.
private final class BatchList: BatchStream {
    let schema: Schema
    private let batches: Monitor<[RecordBatch]>

    init(_ schema: Schema, _ batches: [RecordBatch]) {
        self.schema = schema
        self.batches = Monitor(batches)
    }

    func next() -> RecordBatch? { batches.change { $0.isEmpty ? nil : $0.removeFirst() } }
}
