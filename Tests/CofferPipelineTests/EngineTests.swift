import Testing

@testable import CofferPipeline

/// The engine, where it is installed; tests that need it are skipped, by name, where it isn't.
enum TestEngine {
    static let shared: Engine? = (try? DuckDBLibrary.load(Environment.current)).flatMap { try? Engine($0) }
    static var isThere: Bool { shared != nil }
}

@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `The engine` {
    @Test func `streams a query in batches`() throws {
        let engine = try #require(TestEngine.shared)
        let stream = try engine.connect().query("SELECT range AS n, 'row ' || range AS t FROM range(5000)")
        #expect(stream.schema.fields.map(\.name) == ["n", "t"])
        var rows = 0
        var last = ""
        while let batch = try stream.next() {
            rows += batch.rowCount
            last = unsafe String(decoding: batch.columns[1].values.bytes(at: batch.rowCount - 1), as: UTF8.self)
        }
        #expect(rows == 5000)
        #expect(last == "row 4999")
    }

    @Test(arguments: [("1500MB", 1_300_000_000...1_600_000_000), ("64MB", 60_000_000...68_000_000)])
    func `says how much memory it may use`(written: String, bytes: ClosedRange<Int>) throws {
        let library = try DuckDBLibrary.load(Environment.current)
        #expect(bytes.contains(try Engine(library, limits: Engine.Limits(memory: written)).memory()))
        #expect(Engine.bytes("1 GiB") == 1 << 30 && Engine.bytes("0 bytes") == 0)
        for text in ["", "GiB", "x GiB", "1GB", "-1 GiB", "nan GiB", "1e99 PiB"] { #expect(Engine.bytes(text) == nil) }
    }

    @Test func `reads back what it was handed as a stream`() throws {
        let engine = try #require(TestEngine.shared)
        let source = try engine.connect().query(
            "SELECT range AS n, {'a': range, 'b': [range::VARCHAR]} AS s FROM range(3000)")
        let connection = try engine.connect()
        let registration = try engine.register(source)
        let rows = try connection.rows(
            "SELECT count(*)::VARCHAR, sum(n)::VARCHAR, max(s.b[1]) FROM \(registration.name)")
        #expect(registration.failure == nil)
        #expect(rows == [["3000", "4498500", "999"]])
    }

    @Test func `delivers booleans as booleans, nested ones too`() throws {
        let engine = try #require(TestEngine.shared)
        let sql = "SELECT [true, NULL, false][1 + range % 3] AS b, [{'x': range % 2 = 0}, NULL] AS l FROM range(3000)"
        let stream = try engine.connect().query(sql)
        #expect(stream.schema.fields[0].type == .bool && stream.schema.fields[0].metadata.isEmpty)
        #expect(stream.schema.fields[1].children[0].children[0].type == .bool)
        var counts = [0, 0, 0]
        while let batch = try stream.next() {
            let flags = batch.columns[0]
            let nested = batch.columns[1].children[0].children[0]
            for i in 0..<batch.rowCount {
                if !flags.isNull(i) { counts[unsafe flags.values.bytes(at: i)[0] == 1 ? 0 : 1] += 1 }
            }
            for i in 0..<nested.length where unsafe !nested.isNull(i) && nested.values.bytes(at: i)[0] == 1 {
                counts[2] += 1
            }
        }
        #expect(counts == [1000, 1000, 1500])
    }

    @Test func `refuses types it does not have, and lives`() throws {
        let engine = try #require(TestEngine.shared)
        for type in [ArrowType.float16, .decimal(precision: 76, scale: 2, bitWidth: 256), .other("+ud:0,1")] {
            for count in 1...40 {
                let stream = EmptyStream(schema: Schema((0..<count).map { Field("c\($0)", type) }))
                #expect(throws: PipelineError.self) { try engine.register(stream) }
            }
        }
    }

    @Test func `surfaces an error in the middle of a stream`() throws {
        let engine = try #require(TestEngine.shared)
        let stream = try engine.connect().query(
            "SELECT CASE WHEN range = 4000 THEN error('secret value') ELSE range END AS n FROM range(5000)")
        #expect(throws: EngineFailure.self) { while try stream.next() != nil {} }
    }

    @Test func `leaves a table as it was when our side of a stream fails`() throws {
        let engine = try #require(TestEngine.shared)
        let connection = try engine.connect()
        try connection.execute("CREATE OR REPLACE TABLE kept AS SELECT 1 AS n")
        let failing = try engine.connect().query(
            "SELECT CASE WHEN range = 9000 THEN error('x') ELSE range END AS n FROM range(10000)")
        let registration = try engine.register(failing)
        #expect(throws: EngineFailure.self) {
            try connection.execute("CREATE OR REPLACE TABLE kept AS SELECT * FROM \(registration.name)")
        }
        #expect(registration.failure is EngineFailure)
        #expect(try connection.rows("SELECT n::VARCHAR FROM kept") == [["1"]])
    }
}

@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `An engine for database files` {
    @Test(arguments: [
        "SELECT content FROM read_text('/etc/hostname')", "FROM glob('/etc/*')",
        "ATTACH '/tmp/coffer-other.duckdb' AS o",
        "COPY (SELECT 1) TO '/tmp/coffer-other.csv'", "SET enable_external_access = true", "SET allowed_paths = ['/']",
        "LOAD '/tmp/coffer-other.duckdb_extension'", "FROM '/etc/hostname.csv'", "EXPORT DATABASE '/tmp/coffer-other'",
    ]) func `reaches nothing but them`(statement: String) throws {
        let engine = try #require(TestEngine.shared).confined(to: ["/tmp/coffer-none.duckdb"])
        #expect(throws: EngineFailure.self) { try engine.connect().execute(statement) }
    }
}

@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `A condition on a stream` {
    @Test(arguments: [
        ("n = 7", 1), ("n + 0 = 7", 1), ("n > 4990", 9), ("t = 'row 3'", 1), ("t LIKE 'row 1%'", 1111),
        ("n IS NULL", 0),
        ("n = 7 OR t = 'row 8'", 2), ("n IN (SELECT max(range) FROM range(10))", 1), ("false", 0),
    ]) func `is applied, whatever its form`(condition: String, expected: Int) throws {
        let engine = try Engine(DuckDBLibrary.load(Environment.current), isSealed: true)
        let source = try engine.connect().query("SELECT range AS n, 'row ' || range AS t FROM range(5000)")
        let filtered = try engine.transform(source, [("n", "n")], where: condition)
        var rows = 0
        while let batch = try filtered.next() { rows += batch.rowCount }
        #expect(rows == expected)
    }

    @Test func `reaches no file`() throws {
        let engine = try Engine(DuckDBLibrary.load(Environment.current), isSealed: true)
        let source = try engine.connect().query("SELECT 1 AS n")
        #expect(throws: EngineFailure.self) {
            let stream = try engine.transform(source, [("n", "n")], where: "EXISTS (FROM read_text('/etc/hostname'))")
            while try stream.next() != nil {}
        }
    }
}
