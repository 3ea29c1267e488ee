import Foundation
import Testing

@testable import CofferPipeline

/// The SQLite driver, where it is installed.
enum TestSQLite {
    static let driver = try? ADBCDriver.open(.sqlite)
    static var isThere: Bool { driver != nil && TestEngine.isThere }
}

@Suite(.enabled(if: TestSQLite.isThere, "the SQLite driver is not installed"))
final class `A SQLite file` {
    private let folder = NSTemporaryDirectory() + "coffer-sqlite-" + UUID().uuidString
    private var path: String { folder + "/a b?.db" }
    private static let people = "SELECT 1 AS id, 'ann' AS name UNION ALL SELECT 2, 'bob' ORDER BY id"
    private static let failing =
        "SELECT range::INTEGER AS id, CASE WHEN range = 90000 THEN error('secret') ELSE 'x' END AS name FROM range(100000)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func destination(_ table: String = "people") throws -> SQLiteDestination {
        try SQLiteDestination(path, TableName(table), driver: TestSQLite.driver!) {
            try TestEngine.shared!.transform($0, $1)
        }
    }

    private func source(_ relation: Relation) throws -> SQLiteSource {
        try SQLiteSource(path, relation, driver: TestSQLite.driver!)
    }

    private func execute(_ statements: String...) throws {
        let connection = try SQLiteSession.open(path, TestSQLite.driver!, isReadOnly: false, creates: true)
        for statement in statements { try connection.execute(statement) }
    }

    private func rows(_ query: String) throws -> [[String?]] {
        try Rows.texts(source(.query(query)).open(Selection()))
    }

    @Test func `is made by the first load, with the load and the catalogue noted`() throws {
        let destination = try destination()
        #expect(
            try destination.existingSchema() == nil && destination.runs().isEmpty && destination.catalogues().isEmpty)
        #expect(try destination.write(Rows.select(Self.people), Rows.load(.append)) == 2)
        #expect(try rows("SELECT * FROM people") == [["1", "ann"], ["2", "bob"]])
        let run = try #require(try destination.runs().first)
        #expect(run.rows == 2 && run.cursor == "9" && run.files.first?.name == "a 'quoted' file.csv")
        let stored = try #require(try destination.catalogues().first)
        #expect(stored.document == Array("{\"it's\": 1}".utf8))
        let new = CatalogueRecord(dataset: "people", id: "c1", document: Array("{}".utf8))
        #expect(throws: PipelineError.self) { try destination.replaceCatalogue(new, old: [1]) }
        try destination.replaceCatalogue(new, old: stored.document)
        #expect(try destination.catalogues() == [new])
    }

    @Test func `keeps indexes and views when rows are replaced`() throws {
        try execute(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(10), d NUMERIC)",
            "CREATE INDEX n ON people (name)",
            "CREATE VIEW v AS SELECT name FROM people", "INSERT INTO people VALUES (7, 'old', 1)")
        _ = try destination().write(Rows.select(Self.people), Rows.load(.replace))
        #expect(try rows("SELECT * FROM v") == [["ann"], ["bob"]])
        #expect(try rows("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'n'") == [["1"]])
    }

    @Test(arguments: ["id INTEGER PRIMARY KEY", "id INTEGER UNIQUE", "id INTEGER"])
    func `merges by primary key`(ddl: String) throws {
        try execute(
            "CREATE TABLE people (\(ddl), name TEXT, extra TEXT)",
            "INSERT INTO people VALUES (1, 'old', 'e'), (3, 'three', 'e')")
        _ = try destination().write(Rows.select(Self.people), Rows.load(.merge(primaryKey: ["id"])))
        #expect(try rows("SELECT id, name FROM people ORDER BY id") == [["1", "ann"], ["2", "bob"], ["3", "three"]])
        #expect(throws: PipelineError.self) {
            try destination().write(
                Rows.select("SELECT 5 AS id, 'x' AS name UNION ALL SELECT 5, 'y'"),
                Rows.load(.merge(primaryKey: ["id"])))
        }
    }

    @Test(arguments: [WriteMode.replace, .append, .merge(primaryKey: ["id"])])
    func `stays as it was when a load fails in the middle`(mode: WriteMode) throws {
        let fresh = try destination()
        #expect(throws: (any Error).self) { try fresh.write(Rows.select(Self.failing), Rows.load(mode)) }
        #expect(!FileManager.default.fileExists(atPath: path))
        try execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO people VALUES (-1, 'old')")
        #expect(throws: (any Error).self) { try fresh.write(Rows.select(Self.failing), Rows.load(mode)) }
        #expect(throws: (any Error).self) {
            var load = Rows.load(mode)
            load.catalogue = { _ in throw PipelineError(.sourceChanged, "it changed") }
            _ = try fresh.write(Rows.select(Self.people), load)
        }
        #expect(try rows("SELECT * FROM people") == [["-1", "old"]])
        #expect(try fresh.runs().isEmpty)
    }

    @Test func `takes every type`() throws {
        let sql = """
            SELECT true AS b, -1::TINYINT AS i1, 4000000000::UINTEGER AS u4, 9223372036854775807::UBIGINT AS u8,
              1.5::DOUBLE AS f8, -12.50::DECIMAL(10,2) AS n, '\\x00\\xFF'::BLOB AS ba, DATE '2020-02-29' AS d,
              TIME '10:11:12.5' AS t, TIMESTAMP '2020-01-01 10:11:12.123456' AS ts, 'ä' || chr(0) AS s,
              '00000000-0000-0000-0000-00000000000a'::UUID AS u, '{"a":[1]}'::JSON AS j, [1, NULL] AS l,
              {'a': 1} AS st, 'ok'::ENUM('sad', 'ok') AS e, INTERVAL '2 days' AS iv, NULL::INTEGER AS missing
            """
        _ = try destination("types").write(Rows.select(Rows.withNulls(sql)), Rows.load(.append))
        _ = try destination("types").write(Rows.select(sql), Rows.load(.merge(primaryKey: ["i1"])))
        let source = try source(.table(TableName("types")))
        let schema = try source.describe(Selection())
        #expect(
            schema.fields.map(\.type) == [
                .int64, .int64, .int64, .int64, .float64, .utf8, .binary, .utf8, .utf8, .utf8, .utf8, .utf8, .utf8,
                .utf8,
                .utf8, .utf8, .utf8, .int64,
            ])
        let stream = try source.open(Selection())
        #expect(stream.schema == schema)
        let read = try Rows.texts(stream)
        #expect(
            read.first { $0[0] != nil } == [
                "1", "-1", "4000000000", "9223372036854775807", "1.5", "-12.50", "\\x00\\xFF", "2020-02-29",
                "10:11:12.5",
                "2020-01-01 10:11:12.123456", "ä\0", "00000000-0000-0000-0000-00000000000a", "{\"a\":[1]}", "[1,null]",
                "{\"a\":1}", "ok", "2 days", nil,
            ])
        #expect(read.count == 2)
    }

    @Test func `refuses what it can't hold, without quoting it`() throws {
        try execute("CREATE TABLE people (id INTEGER NOT NULL, name TEXT)")
        for sql in [
            "SELECT 9223372036854775808::UBIGINT AS id", "SELECT 1 AS id, 'secret'::BLOB AS name",
            "SELECT 'secret' AS id",
            "SELECT NULL::INTEGER AS id", "SELECT 1 AS id, 'secret' AS other", "SELECT 'secret' AS name",
        ] {
            let error = #expect(throws: PipelineError.self) {
                try destination().write(Rows.select(sql), Rows.load(.append))
            }
            #expect(error?.message.contains("secret") == false && error?.message.contains("92233") == false)
        }
        _ = try destination().write(Rows.select("SELECT 1 AS id, 'x' AS other"), Rows.load(.append, evolve: true))
        #expect(try rows("SELECT other FROM people") == [["x"]])
    }

    @Test func `is read by the kinds of its values`() throws {
        try execute(
            "CREATE TABLE k (i INTEGER, t TEXT, r REAL, b BLOB, n NUMERIC, m, day DATE, j JSON, none)",
            "INSERT INTO k VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "INSERT INTO k VALUES (1, 'x', 2, x'00', 3, 'a', '2020-01-01', '{}', NULL)",
            "INSERT INTO k VALUES (9007199254740993, 'y', 0.1, x'01', 4.5, 0.1, '2020-01-02', '[1]', NULL)")
        let source = try source(.table(TableName("k")))
        let fields = try source.describe(Selection()).fields
        #expect(fields.map(\.type) == [.int64, .utf8, .float64, .binary, .float64, .utf8, .utf8, .utf8, .utf8])
        #expect(fields[7].extensionName == "arrow.json")
        let read = try Rows.texts(source.open(Selection()))
        #expect(read[0] == Array(repeating: nil, count: 9))
        #expect(read[2] == ["9007199254740993", "y", "0.1", "\\x01", "4.5", "0.1", "2020-01-02", "[1]", nil])
        #expect(try Rows.texts(source.open(Selection(columns: ["t", "i"])))[1] == ["x", "1"])
    }

    @Test func `names a column whose values are not of its type`() throws {
        try execute(
            "CREATE TABLE k (i INTEGER, t TEXT, u TEXT)", "INSERT INTO k VALUES ('secret', x'00', CAST(x'ff' AS TEXT))")
        for column in ["i", "t", "u"] {
            let error = #expect(throws: PipelineError.self) {
                let stream = try source(.table(TableName("k"))).open(Selection(columns: [column]))
                while try stream.next() != nil {}
            }
            #expect(error?.code == .source && error?.message.contains("secret") == false)
        }
        #expect(throws: PipelineError.self) { try source(.table(TableName("nowhere"))).describe(Selection()) }
        #expect(throws: PipelineError.self) { try rows("SELECT nowhere FROM k") }
    }

    @Test func `is read by a cursor and in batches`() throws {
        try execute(
            "CREATE TABLE k (id INTEGER, r REAL, t TEXT)",
            """
            INSERT INTO k WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
            SELECT i, i / 3.0, printf('%06d', i) FROM n
            """)
        for column in ["id", "r", "t"] {
            let source = try source(.table(TableName("k")))
            let maximum = try #require(try source.maximum(of: column))
            let middle = try #require(
                try rows("SELECT \(column == "r" ? "printf('%!.17g', r)" : column) AS x FROM k WHERE id = 20000")[0][0])
            let range = CursorRange(column: column, after: middle, through: maximum)
            var count = 0
            let stream = try source.open(Selection(columns: ["t"], cursor: range))
            while let batch = try stream.next() { count += batch.rowCount }
            #expect(count == 30_000)
        }
        try execute("INSERT INTO k VALUES (NULL, NULL, NULL)")
        #expect(throws: PipelineError.self) { try source(.table(TableName("k"))).maximum(of: "id") }
    }

    @Test func `tells when another process writes to it`() throws {
        try execute("CREATE TABLE people (id INTEGER, name TEXT)")
        let other = try SQLiteSession.open(path, TestSQLite.driver!, isReadOnly: false)
        try other.begin()
        try other.execute("INSERT INTO people VALUES (1, 'x')")
        let blocked = try SQLiteSession.open(path, TestSQLite.driver!, isReadOnly: false)
        try blocked.execute("PRAGMA busy_timeout = 10")
        #expect(throws: ADBCFailure.self) { try blocked.execute("DELETE FROM people") }
    }
}
