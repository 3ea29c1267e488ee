/// A table of a DuckDB file, with `_coffer_keys` and `_coffer_runs` beside it, all in one transaction.
package final class DuckDBDestination: Destination, @unchecked Sendable {
    package let location: String
    package let cells = CellForm.binary
    package var defaultDataset: String? { table }
    private let path: String
    private let table: String
    private let engine: Engine
    private let connection: EngineConnection
    /// `"db0"."main"`.
    private let schema: String
    private var name: String { "\(schema).\(SQL.name(table))" }
    private let attachment: Attachment

    /// Opens the file; one that is not there yet is made by the first load, and taken away again if that fails.
    package init(_ path: String, _ table: TableName, engine: Engine) throws {
        self.path = path
        self.table = table.name
        self.engine = engine
        location = "\(path), table \(table)"
        connection = try engine.connect()
        let database = engine.databaseName(path)
        schema = "\(SQL.name(database)).\(SQL.name(table.schema ?? "main"))"
        attachment = Attachment()
        if FileSystem.status(path) != nil { try attach() }
    }

    /// Whether the file is open.
    private final class Attachment { var isMade = false }

    private func attach() throws {
        if attachment.isMade { return }
        do {
            try engine.attach(path, writable: true)
            try connection.execute("USE \(schema)")
            attachment.isMade = true
        } catch let failure as EngineFailure {
            throw failure.kind == .catalog
                ? PipelineError(.destination, "\(path) has no schema \(schema)") : failure.sentence(.destination, path)
        }
    }

    package func existingSchema() throws -> Schema? {
        try wording {
            try attachment.isMade && isThere(table) ? connection.query("SELECT * FROM \(name) LIMIT 0").schema : nil
        }
    }

    private func isThere(_ table: String) throws -> Bool {
        let sql = """
            SELECT table_type FROM information_schema.tables WHERE table_catalog = current_database() \
            AND table_schema = current_schema() AND table_name = \(SQL.literal(table))
            """
        guard let found = try connection.rows(sql).first else { return false }
        guard found[0] != "VIEW" else {
            throw PipelineError(.destination, "\(location) is a view: only tables are written")
        }
        return true
    }

    package func catalogues() throws -> [CatalogueRecord] {
        try catalogues(DestinationTables.selectKeys(schema, table: table))
    }

    package func catalogues(of dataset: String) throws -> [CatalogueRecord] {
        try catalogues(DestinationTables.selectKeys(schema, dataset: dataset))
    }

    private func catalogues(_ sql: String) throws -> [CatalogueRecord] {
        try wording {
            guard try attachment.isMade && isThere(DestinationTables.keys) else { return [] }
            return try connection.rows(sql).map {
                CatalogueRecord(dataset: $0[0] ?? "", id: $0[1] ?? "", document: Array(($0[2] ?? "").utf8))
            }
        }
    }

    package func runs() throws -> [RunRecord] {
        try wording {
            guard try attachment.isMade && isThere(DestinationTables.runs) else { return [] }
            return try connection.rows(DestinationTables.selectRuns(schema, table)).map { try RunRecord(row: $0) }
        }
    }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try transaction {
            guard try catalogues().contains(where: { $0.document == old }) else {
                throw PipelineError(.catalogue, "the catalogue of \(location) has changed meanwhile", hint: "try again")
            }
            try connection.execute(DestinationTables.putKeys(schema, table, new))
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let isNew = !attachment.isMade && FileSystem.status(path) == nil
        try attach()
        do {
            return try loaded(stream, load)
        } catch {
            if isNew { takeAway() }
            throw error
        }
    }

    /// Removes a file that only a failed load has made.
    private func takeAway() {
        _ = try? connection.execute("USE memory.main")
        guard (try? engine.detach(path)) != nil else { return }
        attachment.isMade = false
        FileSystem.remove(path)
        FileSystem.remove(path + ".wal")
    }

    private func loaded(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let registration = try connection.engine.register(stream)
        do {
            return try transaction {
                let loader = DuckDBLoad(
                    connection: connection, stream: registration.name, schema: schema, table: table, location: location)
                try load.refuseOthers(runs(), location)
                var run = load.run
                run.rows = try loader.load(load, isThere: isThere(table))
                if let failure = registration.failure { throw failure }
                try connection.execute(DestinationTables.createKeys(schema))
                try connection.execute(DestinationTables.createRuns(schema))
                let current = try catalogues()
                if load.mode == .replace {  // what earlier loads brought is gone
                    try connection.execute(DestinationTables.remove(DestinationTables.keys, schema, table))
                    try connection.execute(DestinationTables.remove(DestinationTables.runs, schema, table))
                }
                if let record = try load.catalogue(current) {
                    try connection.execute(DestinationTables.putKeys(schema, table, record))
                }
                try connection.execute(DestinationTables.putRun(schema, table, run))
                return run.rows
            }
        } catch {
            throw registration.failure ?? error
        }
    }

    package func cancel() { connection.interrupt() }

    private func transaction<T>(_ body: () throws -> T) throws -> T {
        try wording {
            try connection.execute("BEGIN")
            do {
                let result = try body()
                try connection.execute("COMMIT")
                // The load is there; now the file alone is whole as well, for whoever copies it without its log.
                _ = try? connection.execute("CHECKPOINT \(SQL.name(engine.databaseName(path)))")
                return result
            } catch {
                _ = try? connection.execute("ROLLBACK")
                throw error
            }
        }
    }

    private func wording<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch let failure as EngineFailure { throw failure.sentence(.destination, location) }
    }
}
