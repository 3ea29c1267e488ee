import Coffer
import CofferCrypto
import Synchronization

/// A vault in a database. What SQLite and PostgreSQL do differently is in its ``VaultDialect``.
final class DatabaseVault: TokenVault {
    static let version = "1"

    let location: String
    let id: String
    private let dialect: any VaultDialect
    /// One statement at a time.
    private let connection: Mutex<ADBCConnection>

    /// The vault that `connection` reaches; its tables are made where there are none and `creates` allows it.
    init(_ connection: ADBCConnection, _ dialect: any VaultDialect, location: String, creates: Bool) throws {
        self.dialect = dialect
        self.location = location
        do {
            if creates {
                let fresh = Base64URL.encode(Randomness.system.bytes(16))
                try dialect.transaction(connection) {
                    for statement in dialect.tables { try connection.execute(statement) }
                    try connection.execute(
                        "INSERT INTO \(dialect.name("vault")) (one, id, version, writes) VALUES (1, $1, $2, 0) "
                            + "ON CONFLICT DO NOTHING", [fresh, Self.version])
                }
            }
            let row = try connection.rows("SELECT id, version FROM \(dialect.name("vault"))").first ?? []
            guard row.count == 2, row[1] == Self.version, let id = row[0], try Base64URL.decode(id).count == 16 else {
                throw Self.damaged(location)
            }
            self.id = id
        } catch {
            throw Self.sentence(location, error)
        }
        self.connection = Mutex(connection)
    }

    static func damaged(_ location: String) -> PipelineError {
        PipelineError(
            .vault, "the token vault \(location) is damaged, is none, or was made by another version of Coffer",
            hint: "put back its last good copy; without it no token can be turned back")
    }

    private static func sentence(_ location: String, _ error: any Error) -> any Error {
        error is CryptoError || error is KeyError
            ? damaged(location) : PipelineError.about("the token vault \(location)", .vault, error)
    }

    /// Does `body` with the connection, and its errors in words.
    private func using<Result>(_ body: (ADBCConnection) throws -> Result) throws -> Result {
        try connection.withLock { connection in
            do { return try body(connection) } catch { throw Self.sentence(location, error) }
        }
    }

    private func changing<Result>(_ body: (ADBCConnection) throws -> Result) throws -> Result {
        try using { connection in try dialect.transaction(connection) { try body(connection) } }
    }

    func domains() throws -> [TokenDomain] { try using { try domains($0) } }

    private func domains(_ connection: ADBCConnection, named name: String? = nil) throws -> [TokenDomain] {
        try connection.rows(
            "SELECT CAST(number AS TEXT), name, mac_key, check_value, CAST(single_use AS TEXT), format "
                + "FROM \(dialect.name("domains")) \(name == nil ? "" : "WHERE name = $1") ORDER BY name",
            name.map { [$0] } ?? []
        ).map { row in
            guard let number = row[0].flatMap({ Int($0) }), let name = row[1], let key = row[2], let check = row[3],
                let format = row[5].flatMap({ TokenFormat($0) })
            else { throw Self.damaged(location) }
            return TokenDomain(
                number: number, name: name, macKey: try KeyID(key), check: try Base64URL.decode(check),
                isSingleUse: row[4] == "1", format: format)
        }
    }

    func pin(_ domain: TokenDomain) throws -> TokenDomain {
        try changing { connection in
            if let there = try domains(connection, named: domain.name).first { return there }
            try connection.execute(
                "INSERT INTO \(dialect.name("domains")) (name, mac_key, check_value, single_use, format) "
                    + "VALUES ($1, $2, $3, \(domain.isSingleUse ? 1 : 0), $4) ON CONFLICT DO NOTHING",
                [
                    domain.name, domain.macKey.description, Base64URL.encode(domain.check), domain.format.description,
                ])
            guard let made = try domains(connection, named: domain.name).first else { throw Self.damaged(location) }
            return made
        }
    }

    func keys() throws -> [VaultKey] { try using { try keys($0) } }

    private func keys(_ connection: ADBCConnection) throws -> [VaultKey] {
        try connection.rows(
            "SELECT CAST(number AS TEXT), id, domain, kek, CAST(version AS TEXT), wrapped, commitment "
                + "FROM \(dialect.name("keys")) ORDER BY number"
        ).map { row in
            guard let number = row[0].flatMap({ Int($0) }), let version = row[4].flatMap({ Int($0) }),
                let id = try row[1].map({ try Base64URL.decode($0) }), id.count == 16, let domain = row[2],
                let kek = row[3], let wrapped = row[5], wrapped.utf8.count <= CatalogueLimits.wrapped,
                let commitment = try row[6].map({ try Base64URL.decode($0) }), commitment.count == 32
            else { throw Self.damaged(location) }
            return VaultKey(
                number: number, id: id, domain: domain,
                wrapped: WrappedKey(key: try KeyID(kek), version: version, bytes: try Base64URL.decode(wrapped)),
                commitment: commitment)
        }
    }

    func add(_ key: VaultKey, noting: ([VaultKey], [TokenDomain]) throws -> Void) throws -> VaultKey {
        try changing { connection in
            try dialect.lock(connection)
            try connection.execute(
                "INSERT INTO \(dialect.name("keys")) (id, domain, kek, version, wrapped, commitment) "
                    + "VALUES ($1, $2, $3, \(key.wrapped.version), $4, $5)",
                [
                    Base64URL.encode(key.id), key.domain, key.wrapped.key.description,
                    Base64URL.encode(key.wrapped.bytes), Base64URL.encode(key.commitment),
                ])
            let all = try keys(connection)
            try noting(all, domains(connection))
            guard let added = all.first(where: { $0.id == key.id }) else { throw Self.damaged(location) }
            return added
        }
    }

    func replace(
        _ keys: [(old: VaultKey, new: VaultKey)], noting: ([VaultKey], [TokenDomain]) throws -> Void
    ) throws {
        try changing { connection in
            try dialect.lock(connection)
            let there = try self.keys(connection)
            for (old, new) in keys {
                guard there.contains(old) else {
                    throw PipelineError(
                        .vault, "the keys of the token vault \(location) have changed meanwhile", hint: "try again")
                }
                try connection.execute(
                    "UPDATE \(dialect.name("keys")) SET kek = $1, wrapped = $2, version = \(new.wrapped.version) "
                        + "WHERE number = \(old.number)",
                    [new.wrapped.key.description, Base64URL.encode(new.wrapped.bytes)])
            }
            try noting(try self.keys(connection), domains(connection))
        }
    }

    func findTokens(_ wanted: RecordBatch, in scope: TokenScope, _ found: (RecordBatch) throws -> Void) throws {
        try using { connection in
            try dialect.look(
                up: wanted, columns: "t.token", where: "t.idx = w.idx AND t.slot = w.slot", scope, connection, found)
        }
    }

    func findValues(_ wanted: RecordBatch, in scope: TokenScope, _ found: (RecordBatch) throws -> Void) throws {
        try using { connection in
            try dialect.look(
                up: wanted, columns: "t.idx, t.\"key\", t.created, t.expires, t.sealed", where: "t.token = w.token",
                scope, connection, found)
        }
    }

    func insert(_ rows: RecordBatch, _ stamp: TokenStamp, in scope: TokenScope) throws -> Bool {
        try changing { connection in
            try dialect.lock(connection, domain: scope.domain)
            return try dialect.insert(
                rows, constants: "\(scope.domain), \(stamp.key), \(stamp.created), \(stamp.expires)", connection)
        }
    }

    func delete(_ rows: RecordBatch, by column: TokenColumn, in domain: Int) throws -> Int {
        try changing { connection in
            try dialect.lock(connection, domain: domain)
            var count = 0
            let retires = try domains(connection).contains { $0.number == domain && $0.retiresTokens }
            let all = TokenScope(domain: domain, now: TokenStamp.retired)
            try dialect.look(
                up: rows, columns: "t.token", where: "t.\(column.rawValue) = w.\(column.rawValue)", all, connection
            ) { count += $0.rowCount }
            try dialect.delete(rows, by: column, in: domain, retiring: retires, connection)
            return count
        }
    }

    func purge(_ domain: Int?, now: Int64) throws -> Int {
        let condition =
            "expires > \(TokenStamp.retired) AND expires <= \(now)\(domain.map { " AND domain = \($0)" } ?? "")"
        let tokens = dialect.name("tokens")
        func expired(_ connection: ADBCConnection) throws -> Int {
            let count = try connection.rows("SELECT CAST(count(*) AS TEXT) FROM \(tokens) WHERE \(condition)")
            return count.first?.first?.flatMap { Int($0) } ?? 0
        }
        // A look first: a run should not wait for others where there is nothing to do.
        if try using({ try expired($0) }) == 0 { return 0 }
        return try changing { connection in
            if let domain { try dialect.lock(connection, domain: domain) }
            let count = try expired(connection)
            let retiring = try domains(connection).filter(\.retiresTokens).map { "\($0.number)" }
            if !retiring.isEmpty {
                try connection.execute(
                    "\(dialect.retire) WHERE \(condition) AND domain IN (\(retiring.joined(separator: ", ")))")
            }
            try connection.execute("DELETE FROM \(tokens) WHERE \(condition)")
            return count
        }
    }

    func counts(now: Int64) throws -> [TokenCount] {
        try using { connection in
            try domains(connection).map { domain in
                let row =
                    try connection.rows(
                        "SELECT CAST(count(*) AS TEXT), CAST(coalesce(sum(CASE WHEN expires <= \(now) THEN 1 ELSE 0 "
                            + "END), 0) AS TEXT), coalesce(CAST(min(created) AS TEXT), ''), "
                            + "coalesce(CAST(max(created) AS TEXT), '') FROM \(dialect.name("tokens")) "
                            + "WHERE domain = \(domain.number) AND expires > \(TokenStamp.retired)"
                    ).first ?? []
                guard row.count == 4, let all = row[0].flatMap({ Int($0) }), let expired = row[1].flatMap({ Int($0) })
                else { throw Self.damaged(location) }
                return TokenCount(
                    domain: domain.name, isSingleUse: domain.isSingleUse, format: domain.format.description,
                    tokens: all - expired, expired: expired, oldest: row[2].flatMap { Int64($0) },
                    newest: row[3].flatMap { Int64($0) })
            }
        }
    }

    func sync() throws {
        try using { connection in
            try dialect.sync(connection, "UPDATE \(dialect.name("vault")) SET writes = writes + 1")
        }
    }
}
