import CArrow

#if canImport(Glibc)
    import Glibc
#endif

/// A database driver with the ADBC 1.1 interface, opened at run time and never closed again.
@safe package final class ADBCDriver: Sendable {
    /// The databases that Coffer reaches this way.
    package enum Product: String, Sendable {
        case postgresql, sqlite

        /// How people write it.
        package var title: String { self == .postgresql ? "PostgreSQL" : "SQLite" }
        /// The function that every build of this driver exports.
        var entrypoint: String { self == .postgresql ? "AdbcDriverPostgresqlInit" : "AdbcDriverSqliteInit" }
    }

    /// What it connects to.
    package let product: Product
    nonisolated(unsafe) let raw: UnsafeMutablePointer<AdbcDriver>

    /// Looks for the driver of `product` and opens it.
    /// - Throws: ``PipelineError`` with the install command where there is none.
    package static func open(
        _ product: Product, environment: [String: String] = Environment.current
    ) throws(PipelineError) -> ADBCDriver {
        for place in ADBCSearch.places(for: product, environment) {
            guard let library = unsafe dlopen(place.path, RTLD_NOW | RTLD_LOCAL) else {
                guard place.isRequired else { continue }
                throw PipelineError(.engine, "\(place.path) can't be opened as a library")
            }
            return try unsafe ADBCDriver(product, library, place)
        }
        throw PipelineError(
            .engine, "no ADBC driver for \(product.title) was found",
            hint: "python3 -m venv .venv && .venv/bin/pip install adbc-driver-\(product.rawValue)")
    }

    private init(
        _ product: Product, _ library: UnsafeMutableRawPointer, _ place: ADBCSearch.Place
    ) throws(PipelineError) {
        self.product = product
        unsafe raw = .allocate(capacity: 1)
        unsafe raw.initialize(to: AdbcDriver())
        let names = place.entrypoint.map { [$0] } ?? [product.entrypoint, "AdbcDriverInit"]
        var symbol: UnsafeMutableRawPointer?
        for name in names where unsafe symbol == nil { unsafe symbol = unsafe dlsym(library, name) }
        guard let symbol = unsafe symbol, let start = unsafe unsafeBitCast(symbol, to: AdbcDriverInitFunc?.self) else {
            throw PipelineError(.engine, "\(place.path) is not an ADBC driver for \(product.title)")
        }
        var error = unsafe AdbcError()
        let status = unsafe start(ADBC_VERSION_1_1_0, raw, &error)
        if let release = unsafe error.release { unsafe release(&error) }
        guard status == ADBC_STATUS_OK, isComplete else {
            throw PipelineError(
                .engine, "\(place.path) does not offer version 1.1 of the ADBC interface",
                hint: "pip install --upgrade adbc-driver-\(product.rawValue)")
        }
    }

    /// Whether the functions that Coffer calls are all there.
    private var isComplete: Bool {
        let driver = unsafe raw.pointee
        return unsafe driver.DatabaseNew != nil && driver.DatabaseSetOption != nil && driver.DatabaseInit != nil
            && driver.DatabaseRelease != nil && driver.ConnectionNew != nil && driver.ConnectionInit != nil
            && driver.ConnectionSetOption != nil && driver.ConnectionCommit != nil && driver.ConnectionRollback != nil
            && driver.ConnectionRelease != nil && driver.StatementNew != nil && driver.StatementSetSqlQuery != nil
            && driver.StatementSetOption != nil && driver.StatementBind != nil && driver.StatementBindStream != nil
            && driver.StatementExecuteQuery != nil && driver.StatementRelease != nil
    }

    /// Calls the driver with room for an error and turns its status into one.
    func call(_ body: (UnsafeMutablePointer<AdbcError>) -> AdbcStatusCode) throws(ADBCFailure) {
        var error = unsafe AdbcError()
        unsafe error.vendor_code = Int32.min  // ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA
        unsafe error.private_driver = unsafe raw
        let status = unsafe body(&error)
        defer { if let release = unsafe error.release { unsafe release(&error) } }
        guard status == ADBC_STATUS_OK else { throw unsafe ADBCFailure(product, status: Int(status), error) }
    }
}
