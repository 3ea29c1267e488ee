/// Where a PostgreSQL server is, as libpq writes it: `postgresql://user@host:5432/database?sslmode=verify-full`.
///
/// What the address leaves out comes from `PG*` variables and `.pgpass`, which libpq reads itself.
package struct PostgresAddress: Sendable {
    /// The address as it goes to libpq; it may hold a password.
    let uri: String
    /// The address for people: user, host and database.
    package let location: String
    /// Whether rows may cross a network in the clear, because the user said so.
    package let allowsPlaintext: Bool

    /// Parses an address and checks that rows can't cross a network unprotected.
    /// - Parameters:
    ///   - isSecret: the text came from an `env:` or `file:` reference and may hold a password.
    ///   - allowPlaintext: `allow_plaintext: true` in the pipeline.
    /// - Throws: ``PipelineError``, which never quotes the address.
    package init(
        _ text: String, isSecret: Bool, allowPlaintext: Bool = false,
        environment: [String: String] = Environment.current
    ) throws(PipelineError) {
        let parts = try ConnectionURI(text)
        if !isSecret, parts.hasPassword {
            throw PipelineError(
                .policy, "a password stands in the pipeline file",
                hint: "leave it to .pgpass or PGPASSWORD, or write postgres: env:NAME with the whole address in NAME")
        }
        let hosts = try Self.hosts(parts, environment)
        let usesService = parts.parameters["service"] ?? environment["PGSERVICE"] != nil
        let mode = parts.parameters["sslmode"] ?? (usesService ? nil : environment["PGSSLMODE"])
        let isSecured = mode == "verify-full"
        guard isSecured || allowPlaintext || hosts.allSatisfy(Self.isLocal) else {
            throw PipelineError(
                .policy, "PostgreSQL on another host requires sslmode=verify-full",
                hint: "add ?sslmode=verify-full to the address, or allow_plaintext: true to send rows in the clear")
        }
        uri = text
        allowsPlaintext = allowPlaintext && !isSecured && !hosts.allSatisfy(Self.isLocal)
        let user = parts.user ?? parts.parameters["user"] ?? environment["PGUSER"]
        let database = parts.database ?? parts.parameters["dbname"] ?? environment["PGDATABASE"]
        let where_ = hosts.filter { !$0.isEmpty && !$0.hasPrefix("/") }.joined(separator: ",")
        location =
            "postgresql://\(user.map { $0 + "@" } ?? "")\(where_.isEmpty ? "localhost" : where_)"
            + (database.map { "/" + $0 } ?? "")
    }

    /// All hosts that libpq may try.
    private static func hosts(
        _ parts: ConnectionURI, _ environment: [String: String]
    ) throws(PipelineError) -> [String] {
        func list(_ text: String?) -> [String]? {
            text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        }
        let addresses = list(parts.parameters["hostaddr"] ?? environment["PGHOSTADDR"])
        let names = list(parts.parameters["host"]) ?? (parts.hosts.isEmpty ? nil : parts.hosts)
        if let addresses, addresses != [""] { return addresses }
        if parts.parameters["service"] ?? environment["PGSERVICE"] != nil {
            return ["(service)"]  // the service file may name any address
        }
        if let names, names != [""] { return names }
        return list(environment["PGHOST"]) ?? [""]
    }

    /// A Unix socket or this machine's own addresses.
    static func isLocal(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
