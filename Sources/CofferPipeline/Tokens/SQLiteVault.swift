/// A vault in a SQLite file that its owner alone may read.
struct SQLiteVault: VaultDialect {
    /// Memory for pages, in KiB: rows come in random order.
    private static let cache = 128 << 10
    /// Pages of the journal before they are brought into the file.
    private static let journal = 32_768

    /// Opens the vault at `path`; one is made where there is none and `creates` allows it.
    static func open(_ path: String, creates: Bool) throws -> any TokenVault {
        let isThere = FileSystem.status(path) != nil
        guard isThere || creates else {
            throw PipelineError(
                .vault, "there is no token vault at \(path)",
                hint: "name the one that the tokens were made in with --vault, or vault: in the pipeline")
        }
        if !isThere {
            do {  // for its owner alone from the start; SQLite gives its journals the same mode
                FileSystem.close(try FileSystem.openNew(path, mode: 0o600))
            } catch  where FileSystem.status(path) == nil {
                throw PipelineError(
                    .vault, "the token vault \(path) can't be made",
                    hint: "its folder must be there and writable; coffer init makes $COFFER_HOME")
            } catch {}  // another run was first
        }
        let connection = try SQLiteSession.open(path, ADBCDriver.open(.sqlite), isReadOnly: false)
        do {
            try connection.execute("PRAGMA busy_timeout = 120000")
            try useJournal(connection)
            for setting in [
                "synchronous = NORMAL", "cache_size = -\(cache)", "wal_autocheckpoint = \(journal)",
                "secure_delete = ON", "temp_store = MEMORY",
            ] { _ = try connection.rows("PRAGMA \(setting)") }
        } catch {
            throw PipelineError.about("the token vault \(path)", .vault, error)
        }
        return try DatabaseVault(connection, SQLiteVault(), location: path, creates: creates)
    }

    /// Write-ahead logging, which readers and a writer don't wait for each other under. SQLite does not wait where two switch a
    /// new file to it at once, so this does.
    private static func useJournal(_ connection: ADBCConnection) throws {
        for attempt in 1... {
            do {
                if try connection.rows("PRAGMA journal_mode = WAL").first == ["wal"] { return }
            } catch let failure as ADBCFailure {
                guard failure.text.contains("locked"), attempt < 200 else { throw failure }
            }
            Process.sleep(milliseconds: 20)
        }
    }

    func name(_ table: String) -> String { "main.\(SQL.name(table))" }

    var tables: [String] {
        tables(
            number: "INTEGER", bytes: bytesType, counting: "INTEGER PRIMARY KEY", options: " STRICT",
            index: "main.tokens_by_expiry ON tokens")
    }

    var begin: String { "BEGIN IMMEDIATE" }

    /// A transaction that begins so is the only one that writes.
    func lock(_ connection: ADBCConnection, domain: Int?) {}

    func look(
        up wanted: RecordBatch, columns: String, where condition: String, _ scope: TokenScope,
        _ connection: ADBCConnection, _ found: (RecordBatch) throws -> Void
    ) throws {
        // One look a row, inside the driver: the parameters are the columns of `wanted` in their order.
        let names = wanted.schema.fields.map(\.name)
        var filter = condition
        for (i, name) in names.enumerated() { filter = filter.replacing("w.\(name)", with: "?\(i + 1)") }
        let stream = try connection.query(
            "SELECT ?1 AS position, \(columns) FROM \(name("tokens")) AS t WHERE t.domain = \(scope.domain) "
                + "AND t.expires > \(scope.now) AND \(filter)", binding: wanted)
        while let batch = try stream.next() { try found(batch) }
    }

    func insert(_ rows: RecordBatch, constants: String, _ connection: ADBCConnection) throws -> Bool {
        let before = try changes(connection)
        try connection.execute(
            "INSERT OR IGNORE INTO \(name("tokens")) (domain, \"key\", created, expires, idx, slot, token, sealed) "
                + "VALUES (\(constants), ?1, ?2, ?3, ?4)", binding: rows)
        return try changes(connection) - before == rows.rowCount
    }

    private func changes(_ connection: ADBCConnection) throws -> Int {
        try connection.rows("SELECT CAST(total_changes() AS TEXT)").first?.first?.flatMap { Int($0) } ?? 0
    }

    var bytesType: String { "BLOB" }
    var tokenBytes: String { "CAST(t.token AS BLOB)" }

    func delete(
        _ rows: RecordBatch, by column: TokenColumn, in domain: Int, retiring: Bool, _ connection: ADBCConnection
    ) throws {
        // The position comes first among the parameters.
        try connection.execute(
            "\(retiring ? retire : "DELETE FROM \(name("tokens")) AS t") WHERE t.domain = \(domain) "
                + "AND t.\(column.rawValue) = ?2", binding: rows)
    }

    /// A commit under FULL brings everything that was committed before it to the disk as well. Then the journal goes into the
    /// file, as far as nobody reads, so that a copy of the file alone is whole once no run writes.
    func sync(_ connection: ADBCConnection, _ statement: String) throws {
        try connection.execute("PRAGMA synchronous = FULL")
        try connection.execute(statement)
        try connection.execute("PRAGMA synchronous = NORMAL")
        _ = try? connection.rows("PRAGMA wal_checkpoint(PASSIVE)")
    }
}
