import CArrow

/// A statement of an ADBC connection.
@safe final class ADBCStatement: Sendable {
    private let connection: ADBCConnection
    nonisolated(unsafe) private let raw: UnsafeMutablePointer<AdbcStatement>
    private var driver: ADBCDriver { connection.driver }

    init(_ connection: ADBCConnection) throws(ADBCFailure) {
        self.connection = connection
        unsafe raw = .allocate(capacity: 1)
        unsafe raw.initialize(to: AdbcStatement(private_data: nil, private_driver: connection.driver.raw))
        try unsafe driver.call { unsafe driver.raw.pointee.StatementNew(connection.raw, raw, $0) }
    }

    func set(_ option: String, _ value: String) throws(ADBCFailure) {
        try unsafe driver.call { unsafe driver.raw.pointee.StatementSetOption(raw, option, value, $0) }
    }

    func set(sql: String) throws(ADBCFailure) {
        try unsafe driver.call { unsafe driver.raw.pointee.StatementSetSqlQuery(raw, sql, $0) }
    }

    /// Binds the columns of `batch` to the statement's parameters, which runs once for each of its rows.
    func bind(_ batch: RecordBatch) throws(ADBCFailure) {
        var array = unsafe ArrowArray()
        var schema = unsafe ArrowSchema()
        unsafe batch.export(to: &array)
        unsafe batch.schema.export(to: &schema)
        defer {  // the driver moves them out; what it left is ours to release
            if let release = unsafe array.release { unsafe release(&array) }
            if let release = unsafe schema.release { unsafe release(&schema) }
        }
        try unsafe driver.call { unsafe driver.raw.pointee.StatementBind(raw, &array, &schema, $0) }
    }

    /// Binds a stream to load.
    func bind(_ stream: ExportedStream) throws(ADBCFailure) {
        var exported = unsafe ArrowArrayStream()
        unsafe stream.export(to: &exported)
        defer { if let release = unsafe exported.release { unsafe release(&exported) } }
        try unsafe driver.call { unsafe driver.raw.pointee.StatementBindStream(raw, &exported, $0) }
    }

    func execute() throws(ADBCFailure) {
        try unsafe driver.call { unsafe driver.raw.pointee.StatementExecuteQuery(raw, nil, nil, $0) }
    }

    func query() throws -> any BatchStream {
        var stream = unsafe ArrowArrayStream()
        try unsafe driver.call { unsafe driver.raw.pointee.StatementExecuteQuery(raw, &stream, nil, $0) }
        let product = driver.product
        return try unsafe ImportedStream(taking: &stream, owner: self) { ADBCFailure(product, text: $0) }
    }

    func schema() throws -> Schema {
        guard let describe = unsafe driver.raw.pointee.StatementExecuteSchema else {
            throw PipelineError(.engine, "the \(driver.product.title) driver can't describe a query")
        }
        var schema = unsafe ArrowSchema()
        try unsafe driver.call { unsafe describe(raw, &schema, $0) }
        defer { if let release = unsafe schema.release { unsafe release(&schema) } }
        return try unsafe Schema(importing: schema)
    }

    deinit {
        try? unsafe driver.call { unsafe driver.raw.pointee.StatementRelease(raw, $0) }
        unsafe raw.deallocate()
    }
}
