import CArrow
import Synchronization

/// An in-memory DuckDB that reads and writes files and databases. It stages nothing on disk: out of memory is an error.
@safe package final class Engine: Sendable {
    /// What it may use.
    package struct Limits: Sendable {
        /// Memory as DuckDB writes it (`2GB`); nil for half of the machine's.
        package var memory: String?
        /// Threads; nil for one a core.
        package var threads: Int?

        /// Limits.
        package init(memory: String? = nil, threads: Int? = nil) {
            self.memory = memory
            self.threads = threads
        }
    }

    let library: DuckDBLibrary
    private nonisolated(unsafe) let database: duckdb_database
    /// Names of database files by their real path, and those that are attached.
    private let names = Mutex<[String: String]>([:])
    private let attached = Mutex<Set<String>>([])

    /// The files that will be written to, by their real path: a source may be one of them.
    private let written: Set<String>

    private let limits: Limits

    /// Starts an engine that will write to the database files `written`; a sealed one can reach no file and no network.
    package init(
        _ library: DuckDBLibrary, limits: Limits = Limits(), written: [String] = [], isSealed: Bool = false
    ) throws(PipelineError) {
        self.library = library
        self.limits = limits
        self.written = Set(written.map { FileSystem.realPath($0) ?? $0 })
        var config: duckdb_config?
        guard unsafe library.createConfig(&config) == 0 else { throw Self.refusal }
        defer { unsafe library.destroyConfig(&config) }
        var options = [
            ("temp_directory", ""), ("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false"),
            ("allow_community_extensions", "false"), ("enable_external_file_cache", "false"),
            ("arrow_lossless_conversion", "true"),
        ]
        if let memory = limits.memory { options.append(("memory_limit", memory)) }
        if let threads = limits.threads { options.append(("threads", String(threads))) }
        if isSealed { options.append(("enable_external_access", "false")) }  // last: it locks others
        for (name, value) in options {
            guard unsafe library.setConfig(config, name, value) == 0 else {
                throw PipelineError(.engine, "the engine does not take \(name): \(value)")
            }
        }
        var opened: duckdb_database?
        var message: UnsafeMutablePointer<CChar>?
        let state = unsafe library.open(":memory:", &opened, config, &message)
        if let message = unsafe message { unsafe library.free(message) }
        guard state == 0, let opened = unsafe opened else { throw Self.refusal }
        unsafe database = unsafe opened
    }

    static let refusal = PipelineError(.engine, "the engine does not start")

    /// An engine of the same kind for these database files, which can reach nothing else.
    ///
    /// A database file brings SQL of its own: a view in one that somebody else has made could read any file that this
    /// process can, the root key first of all.
    package func confined(to files: [String]) throws -> Engine {
        let engine = try Engine(library, limits: limits, written: Array(written))
        let names = files.flatMap { [$0, FileSystem.realPath($0) ?? $0] }
        let endings = ["", ".wal", ".wal.checkpoint", ".wal.recovery"]
        let paths = Set(names).flatMap { name in endings.map { SQL.literal(name + $0) } }.joined(separator: ", ")
        let connection = try engine.connect()
        do {
            try connection.execute("SET allowed_paths = [\(paths)]")
            try connection.execute("SET enable_external_access = false")
        } catch { throw Self.refusal }
        return engine
    }

    private let streams = Mutex(0)

    /// A number for the next stream that is registered.
    func nextStream() -> Int {
        streams.withLock { count in
            count += 1
            return count
        }
    }

    /// A connection: one query at a time, from any thread.
    package func connect() throws(PipelineError) -> EngineConnection {
        var connection: duckdb_connection?
        guard unsafe library.connect(database, &connection) == 0, let connection = unsafe connection else {
            throw Self.refusal
        }
        let connected = unsafe EngineConnection(self, connection)
        do {
            try connected.execute("SET enable_progress_bar = false")  // it prints on standard output
        } catch {
            throw Self.refusal
        }
        return connected
    }

    /// The name that the database file at `path` goes by, attached or not.
    func databaseName(_ path: String) -> String {
        let real = FileSystem.realPath(path) ?? path
        return names.withLock { names in
            if let name = names[real] { return name }
            let name = "db\(names.count)"
            names[real] = name
            return name
        }
    }

    /// Attaches a database file once: read-only unless it is also written to.
    @discardableResult
    func attach(_ path: String, writable: Bool) throws -> String {
        let real = FileSystem.realPath(path) ?? path
        let name = databaseName(path)
        try attached.withLock { attached in
            guard !attached.contains(real) else { return }
            try refuseOtherFiles(path)
            let options = writable || written.contains(real) ? "" : " (READ_ONLY)"
            try connect().execute("ATTACH \(SQL.literal(path)) AS \(name)\(options)")
            attached.insert(real)
        }
        return name
    }

    /// The engine takes some files that are no databases for empty ones, and would write over them.
    private func refuseOtherFiles(_ path: String) throws {
        guard let head = FileSystem.head(of: path, count: 12), !head.isEmpty else { return }
        guard head.count == 12, head[8..<12].elementsEqual("DUCK".utf8) else {
            throw PipelineError(.engine, "\(path) is not a DuckDB database", hint: "is it another file's name?")
        }
    }

    /// Lets go of a database file that no connection uses.
    func detach(_ path: String) throws {
        let real = FileSystem.realPath(path) ?? path
        let name = databaseName(path)
        try attached.withLock { attached in
            try connect().execute("DETACH \(name)")
            attached.remove(real)
        }
    }

    deinit {
        var database: duckdb_database? = unsafe database
        unsafe library.close(&database)
    }
}
