import Synchronization

/// What the engine keeps in memory of the database files it reads and writes, cut back while rows pass: nobody comes back
/// to those blocks, but the engine drops them only at its limit, which is most of the machine's memory.
///
/// So the limit comes down for a moment to what can't be dropped and some room, and goes up again.
final class BlockCache: Sendable {
    private let connection: EngineConnection
    /// The engine's own limit; nil where somebody has set one.
    private let limit: String?
    /// What the engine's threads may ask for in that moment: 32 MiB each, the most that a reader takes at once.
    private let room: Int
    private let batches = Atomic(0)
    private static let megabyte = 1 << 20

    init(_ engine: Engine) throws {
        connection = try engine.connect()
        limit =
            engine.limits.memory == nil
            ? try connection.rows("SELECT current_setting('memory_limit')").first?[0] : nil
        room = (64 + 32 * (engine.limits.threads ?? Machine.cores)) * Self.megabyte
    }

    /// A batch has passed; looks at the memory now and then.
    func passed() throws {
        guard let limit, batches.wrappingAdd(1, ordering: .relaxed).newValue % 16 == 0, connection.engine.hasDatabases
        else { return }
        let rows = try connection.rows(
            "SELECT tag, CAST(memory_usage_bytes AS VARCHAR) FROM duckdb_memory() WHERE memory_usage_bytes > 0")
        let sizes = rows.map { (tag: $0[0], bytes: $0[1].flatMap { Int($0) } ?? 0) }
        let blocks = sizes.filter { $0.tag == "BASE_TABLE" }.reduce(0) { $0 + $1.bytes }
        let others = sizes.filter { $0.tag != "BASE_TABLE" }.reduce(0) { $0 + $1.bytes }
        guard blocks > room + 32 * Self.megabyte else { return }
        // Refused where too much is in use just now: then it stays as it is until the next time.
        _ = try? connection.execute("SET memory_limit = '\(others + room)B'")
        try connection.execute("SET memory_limit = \(SQL.literal(limit))")
    }
}
