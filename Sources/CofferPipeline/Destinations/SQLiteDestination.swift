import Synchronization

/// A table of a SQLite file, with `_coffer_keys` and `_coffer_runs` beside it, all in one transaction.
package final class SQLiteDestination: Destination {
    package let location: String
    package let cells = CellForm.binaryTextNested
    package var defaultDataset: String? { table }
    private let path: String
    private let table: String
    private let driver: ADBCDriver
    private let transform: Transform
    private let isCancelled = Mutex(false)

    /// A destination; the file is made with the first load.
    package init(
        _ path: String, _ table: TableName, driver: ADBCDriver, transform: @escaping Transform
    ) throws(PipelineError) {
        self.path = path
        self.table = try table.withoutSchema()
        self.driver = driver
        self.transform = transform
        location = "\(path), table \(table)"
    }

    package func existingSchema() throws -> Schema? {
        guard let columns = try reading({ try SQLiteTable.find(table, $0) })?.columns else { return nil }
        return Schema(columns.map { Field($0.name, SQLiteKind(declared: $0.declared)?.type ?? .utf8) })
    }

    package func catalogues() throws -> [CatalogueRecord] {
        try reading { try SQLiteLedger(table, $0).catalogues() } ?? []
    }

    package func runs() throws -> [RunRecord] {
        try reading { try SQLiteLedger(table, $0).runs() } ?? []
    }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try changing(creates: false) { connection in
            let ledger = SQLiteLedger(table, connection)
            try ledger.prepare()
            guard try ledger.catalogues().contains(where: { $0.document == old }) else {
                throw PipelineError(.catalogue, "the catalogue of \(location) has changed meanwhile", hint: "try again")
            }
            try ledger.put(new)
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let guarded = GuardedStream(NumberStream(stream, location)) { [weak self] in
            self?.isCancelled.withLock { $0 } ?? true
        }
        let isNew = FileSystem.status(path) == nil
        do {
            return try changing(creates: true, columns: stream.schema.fields.map(\.name)) { connection in
                let ledger = SQLiteLedger(table, connection)
                try ledger.prepare()  // its write lock also keeps other loads out
                try load.refuseOthers(ledger.runs(), location)
                let loader = SQLiteLoad(
                    connection: connection, table: table, stream: guarded, transform: transform, location: location)
                try loader.run(load.mode, evolve: load.evolve)
                var run = load.run
                run.rows = guarded.rows
                try ledger.put(run, catalogue: load.catalogue(ledger.catalogues()), replacing: load.mode == .replace)
                if isCancelled.withLock({ $0 }) {
                    throw PipelineError(.interrupted, "interrupted; nothing was changed")
                }
                return run.rows
            }
        } catch {
            if isNew { SmallFile.remove(path, ifEmpty: true) }
            throw error
        }
    }

    package func cancel() { isCancelled.withLock { $0 = true } }

    /// Nil where the file is not there.
    private func reading<Result>(_ body: (ADBCConnection) throws -> Result?) throws -> Result? {
        guard FileSystem.status(path) != nil else { return nil }
        let connection = try SQLiteSession.open(path, driver, isReadOnly: true)
        do { return try body(connection) } catch { throw PipelineError.about(location, .destination, error) }
    }

    private func changing<Result>(
        creates: Bool, columns: [String] = [], _ body: (ADBCConnection) throws -> Result
    ) throws -> Result {
        let connection = try SQLiteSession.open(path, driver, isReadOnly: false, creates: creates)
        do {
            try connection.begin()
            let result = try body(connection)
            try connection.commit()
            return result
        } catch {
            try? connection.rollback()
            throw PipelineError.about(location, .destination, error, columns: columns)
        }
    }
}
