import Foundation

@testable import CofferPipeline

/// A throwaway PostgreSQL cluster on a Unix socket, started once for all tests as an ordinary user.
final class TestCluster: Sendable {
    static let shared: TestCluster? = TestCluster()
    static var isThere: Bool { shared != nil && driver != nil && TestEngine.isThere }
    static let driver = try? ADBCDriver.open(.postgresql)

    private let folder: String
    private let programs: String
    var uri: String { "postgresql:///postgres?host=\(folder)&user=coffer" }

    private init?() {
        guard
            let programs = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?
                .compactMap(Int.init).max().map({ "/usr/lib/postgresql/\($0)/bin" })
        else { return nil }
        self.programs = programs
        folder = "/tmp/coffer-pg-\(ProcessInfo.processInfo.processIdentifier)"
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil,
            unsafe chmod(folder, 0o777) == 0
        else { return nil }
        let data = folder + "/data"
        guard run(["\(programs)/initdb", "-D", data, "-A", "trust", "-U", "coffer", "--no-sync", "-E", "UTF8"]),
            run([
                "\(programs)/pg_ctl", "-D", data, "-w", "-l", folder + "/log", "-o",
                "-k \(folder) -c listen_addresses='' -c fsync=off", "start",
            ])
        else { return nil }
        atexit { TestCluster.shared?.stop() }
    }

    private func stop() {
        _ = run(["\(programs)/pg_ctl", "-D", folder + "/data", "-m", "immediate", "stop"])
        _ = run(["/bin/rm", "-rf", folder + "/data", folder + "/log"])
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// PostgreSQL refuses to run as root. Not by Foundation's Process, which waits for the server as well.
    private func run(_ command: [String]) -> Bool {
        let user = getuid() == 0 ? ["/sbin/runuser", "-u", "nobody", "--"] : []
        let words = (user + command).map { "'\($0.replacingOccurrences(of: "'", with: "'\\''"))'" }
        let script = "cd /tmp && exec \(words.joined(separator: " ")) </dev/null >/dev/null 2>&1"
        return unsafe system(script) == 0
    }

    func address() throws -> PostgresAddress { try PostgresAddress(uri, isSecret: false, environment: [:]) }

    func connect() throws -> ADBCConnection { try PostgresSession.open(address(), TestCluster.driver!) }

    /// Rows of texts.
    func rows(_ sql: String) throws -> [[String?]] { try connect().rows(sql) }

    func execute(_ statements: String...) throws {
        let connection = try connect()
        for statement in statements { try connection.execute(statement) }
    }

    func destination(_ table: String) throws -> PostgresDestination {
        PostgresDestination(try address(), try TableName(table), driver: TestCluster.driver!) {
            try TestEngine.shared!.transform($0, $1)
        }
    }

    func source(_ relation: Relation) throws -> PostgresSource {
        PostgresSource(try address(), relation, driver: TestCluster.driver!)
    }
}

/// What the tests of all databases share.
enum Rows {
    /// A stream of what the engine selects.
    static func select(_ sql: String) throws -> any BatchStream { try TestEngine.shared!.connect().query(sql) }

    /// The same query with a row of nulls after its rows.
    static func withNulls(_ sql: String) -> String {
        "SELECT t.* EXCLUDE (k0) FROM (VALUES (1), (2)) AS k(k) LEFT JOIN (SELECT 1 AS k0, * FROM (\(sql))) AS t ON k = k0"
    }

    /// The values of a stream as the engine writes them.
    static func texts(_ stream: any BatchStream) throws -> [[String?]] {
        let names = stream.schema.fields.map(\.name)
        let cast = try TestEngine.shared!.transform(
            stream, names.map { ("CAST(\(SQL.name($0)) AS VARCHAR)", $0) })
        var rows: [[String?]] = []
        while let batch = try cast.next() {
            for i in 0..<batch.rowCount {
                rows.append(
                    batch.columns.map { column in
                        column.isNull(i) ? nil : unsafe String(decoding: column.values.bytes(at: i), as: UTF8.self)
                    })
            }
        }
        return rows
    }

    static func load(_ mode: WriteMode, evolve: Bool = false, id: String = "\(UInt64.random(in: 0 ... .max))") -> Load {
        Load(
            mode: mode, evolve: evolve,
            run: RunRecord(
                id: id, pipeline: "test", finishedAt: "2026-01-01T00:00:00Z",
                files: [LoadedFile(name: "a 'quoted' file.csv", size: 7, modified: 8)], cursor: "9")
        ) { _ in CatalogueRecord(dataset: "people", id: "c1", document: Array("{\"it's\": 1}".utf8)) }
    }
}
