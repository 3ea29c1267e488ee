/// What databases do differently. Statements have `$1` for their parameters in both.
protocol VaultDialect: Sendable {
    /// The statements that make the tables where there are none.
    var tables: [String] { get }
    /// A table's name as statements write it.
    func name(_ table: String) -> String
    /// How a transaction begins that will write.
    var begin: String { get }
    /// Keeps others out of the keys, or out of one domain, to the end of the transaction.
    func lock(_ connection: ADBCConnection, domain: Int?) throws
    /// Gives `found` the position and `columns` of the rows that `wanted` (w, its first column the position) has in the
    /// tokens (t).
    func look(
        up wanted: RecordBatch, columns: String, where condition: String, _ scope: TokenScope,
        _ connection: ADBCConnection, _ found: (RecordBatch) throws -> Void) throws
    /// Adds rows, with `constants` for domain, key, created, expires. True where all were added.
    func insert(_ rows: RecordBatch, constants: String, _ connection: ADBCConnection) throws -> Bool
    /// What byte strings are called.
    var bytesType: String { get }
    /// The bytes of a row's (t) token.
    var tokenBytes: String { get }
    /// Deletes the rows that `rows` has, or leaves just their token.
    func delete(
        _ rows: RecordBatch, by column: TokenColumn, in domain: Int, retiring: Bool, _ connection: ADBCConnection
    ) throws
    /// Runs `statement` and brings everything to the disk.
    func sync(_ connection: ADBCConnection, _ statement: String) throws
}

extension VaultDialect {
    func lock(_ connection: ADBCConnection) throws { try lock(connection, domain: nil) }

    /// The beginning of the statement that leaves nothing of rows (t) but their token.
    var retire: String {
        "UPDATE \(name("tokens")) AS t SET idx = \(tokenBytes), slot = 0, sealed = CAST('' AS \(bytesType)), \"key\" = 0, "
            + "created = 0, expires = \(TokenStamp.retired)"
    }

    /// Does `body` as a whole or not at all, alone with its locks.
    func transaction<Result>(_ connection: ADBCConnection, _ body: () throws -> Result) throws -> Result {
        try connection.execute(begin)
        do {
            let result = try body()
            try connection.execute("COMMIT")
            return result
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// The tables, with what the database calls a number, a byte string, and a number that counts by itself; and
    /// what index is made on which table.
    func tables(number: String, bytes: String, counting: String, options: String, index: String) -> [String] {
        func table(_ name: String, _ columns: String) -> String {
            "CREATE TABLE IF NOT EXISTS \(self.name(name)) (\(columns))\(options)"
        }
        return [
            table(
                "vault", "one \(number) PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, writes \(number) NOT NULL"
            ),
            table(
                "domains",
                "number \(counting), name TEXT NOT NULL UNIQUE, mac_key TEXT NOT NULL, check_value TEXT NOT NULL, "
                    + "single_use \(number) NOT NULL, format TEXT NOT NULL"),
            table(
                "keys",
                "number \(counting), id TEXT NOT NULL UNIQUE, domain TEXT NOT NULL, kek TEXT NOT NULL, "
                    + "version \(number) NOT NULL, wrapped TEXT NOT NULL, commitment TEXT NOT NULL"),
            table(
                "tokens",
                "domain \(number) NOT NULL, idx \(bytes) NOT NULL, slot \(number) NOT NULL, token TEXT NOT NULL, "
                    + "sealed \(bytes) NOT NULL, \"key\" \(number) NOT NULL, created \(number) NOT NULL, "
                    + "expires \(number) NOT NULL, UNIQUE (domain, idx, slot), UNIQUE (domain, token)"),
            "CREATE INDEX IF NOT EXISTS \(index) (expires) "
                + "WHERE expires < \(TokenStamp.never)",
        ]
    }
}
