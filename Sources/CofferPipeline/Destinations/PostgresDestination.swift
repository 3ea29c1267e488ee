import Synchronization

/// Changes a stream by SQL expressions: ``Engine/transform(_:_:where:)``.
package typealias Transform =
    @Sendable (_ input: any BatchStream, _ projection: [(expression: String, name: String)]) throws -> any BatchStream

/// A table of PostgreSQL, with `_coffer_keys` and `_coffer_runs` beside it in the same schema, all in one transaction.
package final class PostgresDestination: Destination {
    package let location: String
    package let cells = CellForm.binaryTextNested
    package var defaultDataset: String? { table.name }
    private let address: PostgresAddress
    private let table: TableName
    private let driver: ADBCDriver
    private let transform: Transform
    private let state = Mutex<(writing: ADBCConnection?, isCancelled: Bool)>((nil, false))

    /// A destination; it connects with each call.
    package init(
        _ address: PostgresAddress, _ table: TableName, driver: ADBCDriver, transform: @escaping Transform
    ) {
        self.address = address
        self.table = table
        self.driver = driver
        self.transform = transform
        location = "\(address.location), table \(table)"
    }

    package func existingSchema() throws -> Schema? {
        let exists = try reading { try PostgresTable.find(table, $0) }.exists
        guard exists else { return nil }
        return try PostgresSource(address, .table(table), driver: driver).describe(Selection())
    }

    package func catalogues() throws -> [CatalogueRecord] {
        try reading { connection in
            let found = try PostgresTable.find(table, connection)
            return try PostgresLedger(found, connection).catalogues()
        }
    }

    package func runs() throws -> [RunRecord] {
        try reading { connection in
            let found = try PostgresTable.find(table, connection)
            return try PostgresLedger(found, connection).runs()
        }
    }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try reading { connection in
            let found = try PostgresTable.find(table, connection)
            try connection.begin()
            try PostgresLedger(found, connection).lock()
            guard try PostgresLedger(found, connection).catalogues().contains(where: { $0.document == old }) else {
                throw PipelineError(.catalogue, "the catalogue of \(location) has changed meanwhile", hint: "try again")
            }
            try PostgresLedger(found, connection).put(new)
            try connection.commit()
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let guarded = GuardedStream(stream) { [weak self] in self?.state.withLock { $0.isCancelled } ?? true }
        let connection = try PostgresSession.open(address, driver)
        state.withLock { $0.writing = connection }
        defer { state.withLock { $0.writing = nil } }
        let columns = stream.schema.fields.map(\.name)
        do {
            try connection.begin()
            let before = PostgresLedger(try PostgresTable.find(table, connection), connection)
            try before.lock()
            try load.refuseOthers(before.runs(), location)
            let loader = PostgresLoad(
                connection: connection, table: table, stream: guarded, transform: transform, location: location)
            let found = try loader.run(load.mode, evolve: load.evolve)
            let ledger = PostgresLedger(found, connection)
            var run = load.run
            run.rows = guarded.rows
            try ledger.put(run, catalogue: load.catalogue(ledger.catalogues()), replacing: load.mode == .replace)
            if state.withLock({ $0.isCancelled }) { throw ADBCFailure(.postgresql, state: "57014", text: "") }
            try commit(connection, run.id)
            return run.rows
        } catch {
            try? connection.rollback()
            throw PostgresLoad.sentence(location, error, columns)
        }
    }

    /// A connection that is lost while it commits leaves open whether it did.
    private func commit(_ connection: ADBCConnection, _ run: String) throws {
        do {
            try connection.commit()
        } catch {
            guard error.isConnectionLost else { throw error }
            throw PipelineError(
                .connection, "\(location): the connection was lost while the load was being committed",
                hint:
                    "the load is there, whole, if \(DestinationTables.runs) has run_id \(run), and otherwise not at all"
            )
        }
    }

    package func cancel() {
        state.withLock { state in
            state.isCancelled = true
            return state.writing
        }?.cancel()
    }

    private func reading<Result>(_ body: (ADBCConnection) throws -> Result) throws -> Result {
        let connection = try PostgresSession.open(address, driver)
        do { return try body(connection) } catch { throw PipelineError.about(location, .destination, error) }
    }
}
