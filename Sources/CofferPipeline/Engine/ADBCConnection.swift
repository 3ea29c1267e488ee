import CArrow
import Synchronization

/// A connection through an ADBC driver. One statement at a time, from any thread; ``cancel()`` also in between.
@safe package final class ADBCConnection: Sendable {
    let driver: ADBCDriver
    nonisolated(unsafe) private let database: UnsafeMutablePointer<AdbcDatabase>
    nonisolated(unsafe) let raw: UnsafeMutablePointer<AdbcConnection>

    /// Connects with the driver's own options.
    /// - Throws: ``ADBCFailure``.
    init(_ driver: ADBCDriver, options: [(name: String, value: String)]) throws(ADBCFailure) {
        self.driver = driver
        unsafe database = .allocate(capacity: 1)
        unsafe database.initialize(to: AdbcDatabase(private_data: nil, private_driver: driver.raw))
        unsafe raw = .allocate(capacity: 1)
        unsafe raw.initialize(to: AdbcConnection(private_data: nil, private_driver: driver.raw))
        let table = unsafe driver.raw.pointee
        try unsafe driver.call { unsafe table.DatabaseNew(database, $0) }
        for (name, value) in options {
            try unsafe driver.call { unsafe table.DatabaseSetOption(database, name, value, $0) }
        }
        try unsafe driver.call { unsafe table.DatabaseInit(database, $0) }
        try unsafe driver.call { unsafe table.ConnectionNew(raw, $0) }
        try unsafe driver.call { unsafe table.ConnectionInit(raw, database, $0) }
    }

    /// Begins a transaction; another one begins with each commit and rollback.
    func begin() throws(ADBCFailure) {
        try unsafe driver.call {
            unsafe driver.raw.pointee.ConnectionSetOption(raw, "adbc.connection.autocommit", "false", $0)
        }
    }

    func commit() throws(ADBCFailure) {
        try unsafe driver.call { unsafe driver.raw.pointee.ConnectionCommit(raw, $0) }
    }

    func rollback() throws(ADBCFailure) {
        try unsafe driver.call { unsafe driver.raw.pointee.ConnectionRollback(raw, $0) }
    }

    /// Runs a statement to its end, with `parameters` for `$1` (PostgreSQL) or `?` (SQLite), all texts.
    func execute(_ sql: String, _ parameters: [String?] = []) throws {
        try statement(sql, parameters).execute()
    }

    /// Runs a query whose batches are pulled as they are made. Errors of the stream are ``ADBCFailure``s too.
    func query(
        _ sql: String, _ parameters: [String?] = [], options: [(String, String)] = []
    ) throws -> any BatchStream {
        let statement = try statement(sql, parameters)
        for (name, value) in options { try statement.set(name, value) }
        return try statement.query()
    }

    /// Runs a statement once for each row of `batch`, whose columns are the parameters in their order.
    func execute(_ sql: String, binding batch: RecordBatch) throws {
        try statement(sql, binding: batch).execute()
    }

    /// Runs a query once for each row of `batch` (SQLite), whose columns are the parameters in their order.
    func query(_ sql: String, binding batch: RecordBatch) throws -> any BatchStream {
        try statement(sql, binding: batch).query()
    }

    /// The rows of a small result whose columns are all texts.
    func rows(_ sql: String, _ parameters: [String?] = []) throws -> [[String?]] {
        let stream = try query(sql, parameters)
        var rows: [[String?]] = []
        while let batch = try stream.next() {
            for i in 0..<batch.rowCount {
                rows.append(
                    batch.columns.map { column in
                        guard column.field.type.isText, !column.isNull(i) else { return nil }
                        return unsafe String(decoding: column.values.bytes(at: i), as: UTF8.self)
                    })
            }
        }
        return rows
    }

    /// What a query would deliver, without running it.
    func schema(of sql: String) throws -> Schema { try statement(sql, []).schema() }

    /// Loads a stream into a table by the driver's fastest way.
    func ingest(_ stream: any BatchStream, into table: IngestTarget) throws {
        let statement = try ADBCStatement(self)
        try statement.set("adbc.ingest.target_table", table.name)
        if let schema = table.schema { try statement.set("adbc.ingest.target_db_schema", schema) }
        try statement.set("adbc.ingest.mode", table.creates ? "adbc.ingest.mode.create" : "adbc.ingest.mode.append")
        if table.isTemporary { try statement.set("adbc.ingest.temporary", "true") }
        let exported = ExportedStream(stream)
        do {
            try statement.bind(exported)
            try statement.execute()
        } catch {
            throw exported.failure ?? error
        }
        if let failure = exported.failure { throw failure }
    }

    /// Makes a running statement fail soon, where the driver can.
    func cancel() {
        guard let cancel = unsafe driver.raw.pointee.ConnectionCancel else { return }
        try? unsafe driver.call { unsafe cancel(raw, $0) }
    }

    private func statement(_ sql: String, _ parameters: [String?]) throws -> ADBCStatement {
        try statement(sql, binding: parameters.isEmpty ? nil : RecordBatch(texts: parameters))
    }

    private func statement(_ sql: String, binding batch: RecordBatch?) throws -> ADBCStatement {
        let statement = try ADBCStatement(self)
        try statement.set(sql: sql)
        if let batch { try statement.bind(batch) }
        return statement
    }

    deinit {
        try? unsafe driver.call { unsafe driver.raw.pointee.ConnectionRelease(raw, $0) }
        try? unsafe driver.call { unsafe driver.raw.pointee.DatabaseRelease(database, $0) }
        unsafe raw.deallocate()
        unsafe database.deallocate()
    }
}

/// A table to load into.
struct IngestTarget: Sendable {
    /// Its schema; nil for the connection's own.
    var schema: String?
    /// Its name.
    let name: String
    /// Whether the load creates it, with the types that the driver sends.
    var creates = false
    /// Whether it ends with the connection.
    var isTemporary = false
}
