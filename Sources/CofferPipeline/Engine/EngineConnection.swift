import CArrow

/// A connection to the engine. One query at a time; ``interrupt()`` from any thread.
@safe package final class EngineConnection: @unchecked Sendable {
    let engine: Engine
    private let connection: duckdb_connection
    var library: DuckDBLibrary { engine.library }
    /// Makes ready what a query reads: once for preparing it, and once for running it.
    var beforeQueries: (() throws -> Void)?

    init(_ engine: Engine, _ connection: duckdb_connection) {
        self.engine = engine
        unsafe self.connection = unsafe connection
    }

    /// Runs a statement to its end.
    /// - Returns: the rows it changed.
    /// - Throws: ``EngineFailure``.
    @discardableResult
    func execute(_ sql: String) throws(EngineFailure) -> Int {
        var result = unsafe duckdb_result()
        defer { unsafe library.destroyResult(&result) }
        guard unsafe library.query(connection, sql, &result) == 0 else { throw unsafe failure(&result) }
        return Int(unsafe library.rowsChanged(&result))
    }

    /// Runs a query whose batches are pulled as they are made.
    /// - Throws: ``EngineFailure``, here or from the stream.
    func query(_ sql: String) throws -> any BatchStream {
        try beforeQueries?()
        var statement: duckdb_prepared_statement?
        defer { unsafe library.destroyPrepare(&statement) }
        guard unsafe library.prepare(connection, sql, &statement) == 0 else {
            let text = unsafe library.prepareError(statement).map { unsafe String(cString: $0) } ?? ""
            throw EngineFailure(preparing: text)
        }
        try beforeQueries?()
        var result = unsafe duckdb_result()
        guard unsafe library.executeStreaming(statement, &result) == 0 else {
            defer { unsafe library.destroyResult(&result) }
            throw unsafe failure(&result)
        }
        return try BooleanStream.over(unsafe QueryStream(self, taking: result))
    }

    /// The rows of a small result as texts; for catalogues and counts.
    func rows(_ sql: String) throws -> [[String?]] {
        let stream = try query(sql)
        var rows: [[String?]] = []
        while let batch = try stream.next() {
            let columns = batch.columns.map { ($0, $0.values) }
            for i in 0..<batch.rowCount {
                rows.append(
                    columns.map { column, values in
                        column.isNull(i) ? nil : unsafe String(decoding: values.bytes(at: i), as: UTF8.self)
                    })
            }
        }
        return rows
    }

    /// Makes a running query end soon, with a failure of kind `interrupted`.
    package func interrupt() { unsafe library.interrupt(connection) }

    /// Makes a C stream readable as the view `name` of the in-memory database.
    func scan(_ stream: UnsafeMutablePointer<ArrowArrayStream>, as name: String) -> Bool {
        unsafe library.arrowScan(connection, name, stream) == 0
    }

    func failure(_ result: inout duckdb_result) -> EngineFailure {
        let text = unsafe library.resultError(&result).map { unsafe String(cString: $0) } ?? ""
        return EngineFailure(type: Int(unsafe library.resultErrorType(&result)), text: text)
    }

    deinit {
        var connection: duckdb_connection? = unsafe connection
        unsafe library.disconnect(&connection)
    }
}
