/// A connection to PostgreSQL with the settings that Coffer counts on.
enum PostgresSession {
    /// Connects.
    /// - Throws: ``PipelineError``.
    static func open(_ address: PostgresAddress, _ driver: ADBCDriver) throws -> ADBCConnection {
        let connection: ADBCConnection
        do {
            connection = try ADBCConnection(driver, options: [("uri", address.uri)])
        } catch {
            throw error.refusedConnection(address.location)
        }
        for setting in [
            "client_min_messages = error",  // libpq writes notices to standard error
            "application_name = 'coffer'", "TimeZone = 'UTC'", "DateStyle = 'ISO'", "IntervalStyle = 'iso_8601'",
            "extra_float_digits = 1", "bytea_output = 'hex'", "default_transaction_read_only = off",
        ] {
            do {
                try connection.execute("SET " + setting)
            } catch {
                throw PipelineError.about(address.location, .connection, error)
            }
        }
        return connection
    }
}
