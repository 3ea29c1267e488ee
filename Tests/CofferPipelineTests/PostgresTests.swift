import Testing

@testable import CofferPipeline

/// One after the other: a test cuts off connections of the others.
@Suite(.enabled(if: TestCluster.isThere, "PostgreSQL or its driver is not installed"), .serialized)
enum PostgreSQL {}

extension PostgreSQL {
    @Suite struct `as a destination` {
        let cluster = TestCluster.shared!
        private static let people = "SELECT 1 AS id, 'ann' AS name UNION ALL SELECT 2, 'bob' ORDER BY id"
        private static let failing =
            "SELECT range::INTEGER AS id, CASE WHEN range = 90000 THEN error('secret') ELSE 'x' END AS name FROM range(100000)"

        @Test func `creates a table, notes the load and the catalogue`() throws {
            try cluster.execute("DROP TABLE IF EXISTS made")
            let destination = try cluster.destination("made")
            #expect(try destination.existingSchema() == nil)
            #expect(try destination.write(Rows.select(Self.people), Rows.load(.append)) == 2)
            #expect(try cluster.rows("SELECT id::text, name FROM made ORDER BY id") == [["1", "ann"], ["2", "bob"]])
            let run = try #require(try destination.runs().first)
            #expect(run.rows == 2 && run.cursor == "9" && run.files.first?.name == "a 'quoted' file.csv")
            let stored = try #require(try destination.catalogues().first)
            #expect(stored.dataset == "people" && stored.document == Array("{\"it's\": 1}".utf8))
            #expect(try destination.existingSchema()?.fields.map(\.name) == ["id", "name"])
            let new = CatalogueRecord(dataset: "people", id: "c1", document: Array("{}".utf8))
            #expect(throws: PipelineError.self) { try destination.replaceCatalogue(new, old: [1]) }
            try destination.replaceCatalogue(new, old: stored.document)
            #expect(try destination.catalogues() == [new])
        }

        @Test func `replaces rows and keeps indexes, views, grants and types`() throws {
            try cluster.execute(
                "DROP TABLE IF EXISTS kept CASCADE",
                "CREATE TABLE kept (id bigint PRIMARY KEY, name varchar(10), at timestamptz, j jsonb, u uuid, n numeric(10,2))",
                "CREATE INDEX kept_name ON kept (name)", "CREATE VIEW kept_view AS SELECT name FROM kept",
                "GRANT SELECT ON kept TO PUBLIC", "INSERT INTO kept (id, name) VALUES (7, 'old')")
            let stream = try Rows.select(
                """
                SELECT 1::INTEGER AS id, 'ann' AS name, '2020-01-01 10:00:00'::TIMESTAMP AS at, '{"a":1}' AS j,
                  '00000000-0000-0000-0000-000000000001' AS u, 1.5::DOUBLE AS n
                """)
            #expect(try cluster.destination("kept").write(stream, Rows.load(.replace)) == 1)
            let rows = try cluster.rows("SELECT id::text, name, at::text, j::text, u::text, n::text FROM kept")
            #expect(
                rows == [
                    [
                        "1", "ann", "2020-01-01 10:00:00+00", "{\"a\": 1}", "00000000-0000-0000-0000-000000000001",
                        "1.50",
                    ]
                ])
            #expect(try cluster.rows("SELECT name FROM kept_view") == [["ann"]])
            #expect(
                try cluster.rows(
                    "SELECT count(*)::text, has_table_privilege('public', 'kept', 'SELECT')::text FROM pg_indexes "
                        + "WHERE tablename = 'kept'") == [["2", "true"]])
        }

        @Test func `merges by primary key, with an index and without one`() throws {
            for ddl in ["PRIMARY KEY", ""] {
                try cluster.execute(
                    "DROP TABLE IF EXISTS merged", "CREATE TABLE merged (id bigint \(ddl), name text, extra text)",
                    "INSERT INTO merged VALUES (1, 'old', 'e'), (3, 'three', 'e')")
                let rows = try cluster.destination("merged").write(
                    Rows.select(Self.people), Rows.load(.merge(primaryKey: ["id"])))
                #expect(rows == 2)
                let merged = try cluster.rows("SELECT id::text, name FROM merged ORDER BY id")
                #expect(merged == [["1", "ann"], ["2", "bob"], ["3", "three"]])
            }
            try cluster.execute("DROP TABLE merged")
            let destination = try cluster.destination("merged")
            for id in ["a", "b"] {
                _ = try destination.write(Rows.select(Self.people), Rows.load(.merge(primaryKey: ["id"]), id: id))
            }
            #expect(try cluster.rows("SELECT count(*)::text FROM merged") == [["2"]])
            #expect(throws: PipelineError.self) {
                try destination.write(
                    Rows.select("SELECT 5 AS id, 'x' AS name UNION ALL SELECT 5, 'y'"),
                    Rows.load(.merge(primaryKey: ["id"]), id: "c"))
            }
            let runs = try Set(destination.runs().map(\.id))
            #expect(runs.isSuperset(of: ["a", "b"]) && !runs.contains("c"))
        }

        @Test(arguments: [WriteMode.replace, .append, .merge(primaryKey: ["id"])])
        func `stays as it was when a load fails in the middle`(mode: WriteMode) throws {
            for ddl in ["id integer PRIMARY KEY, name text", "id bigint PRIMARY KEY, name text"] {
                try cluster.execute(
                    "DROP TABLE IF EXISTS safe", "CREATE TABLE safe (\(ddl))", "INSERT INTO safe VALUES (-1, 'old')")
                let destination = try cluster.destination("safe")
                let before = try destination.runs().count
                let error = #expect(throws: (any Error).self) {
                    try destination.write(Rows.select(Self.failing), Rows.load(mode, id: "fails"))
                }
                #expect(!"\(error!)".contains("secret"))
                #expect(throws: (any Error).self) {  // at the very end
                    var load = Rows.load(mode, id: "fails")
                    load.catalogue = { _ in throw PipelineError(.sourceChanged, "it changed") }
                    _ = try destination.write(Rows.select(Self.people), load)
                }
                #expect(try cluster.rows("SELECT id::text, name FROM safe") == [["-1", "old"]])
                #expect(try destination.runs().count == before)
            }
        }

        @Test func `refuses new columns by name, or adds them`() throws {
            try cluster.execute("DROP TABLE IF EXISTS grows", "CREATE TABLE grows (id bigint)")
            let destination = try cluster.destination("grows")
            let error = #expect(throws: PipelineError.self) {
                try destination.write(Rows.select(Self.people), Rows.load(.append))
            }
            #expect(error?.message.contains("has no column name") == true)
            _ = try destination.write(Rows.select(Self.people), Rows.load(.append, evolve: true, id: "evolve"))
            #expect(try cluster.rows("SELECT name FROM grows ORDER BY id") == [["ann"], ["bob"]])
        }

        @Test func `takes every type`() throws {
            try cluster.execute("DROP TABLE IF EXISTS types")
            let sql = """
                SELECT true AS b, -1::TINYINT AS i1, 200::UTINYINT AS u1, 1::SMALLINT AS i2, 60000::USMALLINT AS u2, 1::INTEGER AS i4,
                  4000000000::UINTEGER AS u4, 1::BIGINT AS i8, 18446744073709551615::UBIGINT AS u8, 1.5::FLOAT AS f4,
                  1.5::DOUBLE AS f8, -12.50::DECIMAL(10,2) AS n, '\\x00\\xFF'::BLOB AS ba, DATE '2020-02-29' AS d,
                  TIME '10:11:12.5' AS t, TIMESTAMP '2020-01-01 10:11:12.123456' AS ts,
                  TIMESTAMPTZ '2020-01-01 10:00:00+02' AS tz, INTERVAL '1 month 2 days' AS iv, 'ä'::VARCHAR AS s,
                  '00000000-0000-0000-0000-00000000000a'::UUID AS u, '{"a":[1]}'::JSON AS j, [1, NULL] AS l,
                  {'a': 1, 'b': ['x']} AS st, MAP {'k': 18446744073709551615::UBIGINT} AS m, 'ok'::ENUM('sad', 'ok') AS e,
                  170141183460469231731687303715::HUGEINT AS h, TIMESTAMP_NS '2020-01-01 10:11:12.123456000' AS ns,
                  NULL::INTEGER AS missing
                """
            let destination = try cluster.destination("types")
            _ = try destination.write(Rows.select(Rows.withNulls(sql)), Rows.load(.append))
            let types = try cluster.rows(
                "SELECT attname::text, format_type(atttypid, atttypmod)::text FROM pg_attribute "
                    + "WHERE attrelid = 'types'::regclass AND attnum > 0 ORDER BY attnum")
            #expect(
                types.map { $0[1] } == [
                    "boolean", "smallint", "smallint", "smallint", "integer", "integer", "bigint", "bigint",
                    "numeric(20,0)",
                    "real", "double precision", "numeric(10,2)", "bytea", "date", "time without time zone",
                    "timestamp without time zone", "timestamp with time zone", "interval", "text", "uuid", "jsonb",
                    "jsonb",
                    "jsonb", "jsonb", "text", "numeric", "timestamp without time zone", "integer",
                ])
            let columns = types.compactMap { $0[0] }
            let rows = try cluster.rows(
                "SELECT \(columns.map { SQL.name($0) + "::text" }.joined(separator: ", ")) FROM types WHERE b")
            #expect(
                rows == [
                    [
                        "true", "-1", "200", "1", "60000", "1", "4000000000", "1", "18446744073709551615", "1.5", "1.5",
                        "-12.50",
                        "\\x00ff", "2020-02-29", "10:11:12.5", "2020-01-01 10:11:12.123456", "2020-01-01 08:00:00+00",
                        "P1M2D", "ä", "00000000-0000-0000-0000-00000000000a", "{\"a\": [1]}", "[1, null]",
                        "{\"a\": 1, \"b\": [\"x\"]}", "{\"k\": 18446744073709551615}", "ok",
                        "170141183460469231731687303715",
                        "2020-01-01 10:11:12.123456", nil,
                    ]
                ])
            // Again into the table that is there, and by merge through staging.
            _ = try destination.write(Rows.select(sql), Rows.load(.append, id: "again"))
            _ = try destination.write(Rows.select(sql), Rows.load(.merge(primaryKey: ["i4"]), id: "merge"))
            #expect(try cluster.rows("SELECT count(*)::text FROM types") == [["2"]])
            // And back.
            let schema = try #require(try destination.existingSchema())
            #expect(schema.fields.first { $0.name == "n" }?.type == .decimal(precision: 10, scale: 2, bitWidth: 128))
            #expect(schema.fields.first { $0.name == "u" }?.extensionName == "arrow.uuid")
            #expect(schema.fields.first { $0.name == "st" }?.extensionName == "arrow.json")
            let source = try cluster.source(.query("SELECT * FROM types WHERE b -- all\n; "))
            let read = try Rows.texts(source.open(Selection()))
            #expect(
                read.first?[8] == "18446744073709551615" && read.first?[11] == "-12.50"
                    && read.first?[25] == "170141183460469231731687303715")
        }

        @Test func `says which column holds what it can't store`() throws {
            try cluster.execute("DROP TABLE IF EXISTS bad")
            let destination = try cluster.destination("bad")
            let nul = #expect(throws: PipelineError.self) {
                try destination.write(Rows.select("SELECT 1 AS id, 'secret' || chr(0) AS note"), Rows.load(.append))
            }
            #expect(nul?.message.contains("column note") == true && nul?.message.contains("NUL") == true)
            let nested = #expect(throws: PipelineError.self) {
                try destination.write(Rows.select("SELECT {'a': 'secret' || chr(0)} AS note"), Rows.load(.append))
            }
            #expect(nested?.message.contains("NUL") == true)
            #expect(throws: PipelineError.self) {
                try destination.write(
                    Rows.select("SELECT TIMESTAMP_NS '2020-01-01 00:00:00.000000001' AS t"), Rows.load(.append))
            }
            #expect(try destination.existingSchema() == nil)
            try cluster.execute("CREATE TABLE bad (id int, note text, code varchar(2))")
            for sql in [
                "SELECT 'secret'::BLOB AS note", "SELECT 99999999999 AS id", "SELECT 'secret' AS code",
                "SELECT 'secret' AS id",
                "SELECT 1.5::DOUBLE AS id",
            ] {
                let error = #expect(throws: PipelineError.self) {
                    try destination.write(Rows.select(sql), Rows.load(.append))
                }
                #expect(error?.message.contains("secret") == false && error?.message.contains("99999") == false)
            }
            try cluster.execute("DROP TABLE bad")
        }

        @Test func `quotes odd names`() throws {
            try cluster.execute("DROP SCHEMA IF EXISTS \"s.x\" CASCADE", "CREATE SCHEMA \"s.x\"")
            let destination = try cluster.destination("\"s.x\".\"it's \"\"odd\"\"; DROP\"")
            _ = try destination.write(
                Rows.select("SELECT 1 AS \"a \"\" b\", {'x': 1} AS \"select\""),
                Rows.load(.merge(primaryKey: ["a \" b"])))
            #expect(try destination.runs().count == 1)
            #expect(
                try cluster.rows(
                    "SELECT (\"a \"\" b\")::text, (\"select\"->'x')::text FROM \"s.x\".\"it's \"\"odd\"\"; DROP\"")
                    == [["1", "1"]])
        }

        @Test func `ends a blocked load when cancelled`() throws {
            try cluster.execute("DROP TABLE IF EXISTS stopped")
            let destination = try cluster.destination("stopped")
            destination.cancel()
            let error = #expect(throws: PipelineError.self) {
                try destination.write(Rows.select(Self.people), Rows.load(.append))
            }
            #expect(error?.code == .interrupted)
        }
    }

    @Suite struct `as a source` {
        let cluster = TestCluster.shared!

        @Test func `delivers every type`() throws {
            try cluster.execute(
                "DROP TABLE IF EXISTS origin", "DROP TYPE IF EXISTS mood", "DROP DOMAIN IF EXISTS positive",
                "CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN positive AS int CHECK (value > 0)",
                """
                CREATE TABLE origin AS SELECT 1::int2 i2, 2::int4 i4, 3::int8 i8, 1.5::float4 f4, 2.5::float8 f8, true b,
                  'x'::text t, 'y'::varchar(5) v, '\\x00ff'::bytea ba, '2020-01-01'::date d, '10:00'::time tm,
                  '2020-01-01 10:00'::timestamp ts, '2020-01-01 10:00+02'::timestamptz tz, '1 day'::interval iv,
                  '00000000-0000-0000-0000-000000000001'::uuid u, '{"a":1}'::json j, '{"a":1}'::jsonb jb,
                  '-0.05'::numeric(10, 2) n, 12345.678::numeric free, 'ok'::mood m, 5::positive p, array[1, 2] a,
                  array['x', null] ta, array['ok'::mood] ma, array[1.5] na, '1.2.3.4'::inet ip, 12.5::money mo,
                  4000000000::oid o, int4range(1, 5) r, '10:00+02'::timetz tmz, null::int nothing
                """)
            let source = try cluster.source(.table(TableName("origin")))
            let types = try source.describe(Selection()).fields.map(\.type)
            #expect(
                types == [
                    .int16, .int32, .int64, .float32, .float64, .bool, .utf8, .utf8, .binary, .date32,
                    .time(.microsecond),
                    .timestamp(.microsecond, zone: nil), .timestamp(.microsecond, zone: "UTC"),
                    .interval(.monthDayNano),
                    .fixedBinary(16), .utf8, .utf8, .decimal(precision: 10, scale: 2, bitWidth: 128), .utf8, .utf8,
                    .int32,
                    .list, .list, .list, .list, .utf8, .utf8, .int64, .utf8, .utf8, .int32,
                ])
            let rows = try Rows.texts(source.open(Selection()))
            #expect(
                rows == [
                    [
                        "1", "2", "3", "1.5", "2.5", "true", "x", "y", "\\x00\\xFF", "2020-01-01", "10:00:00",
                        "2020-01-01 10:00:00",
                        "2020-01-01 08:00:00+00", "1 day", "00000000-0000-0000-0000-000000000001", "{\"a\":1}",
                        "{\"a\": 1}",
                        "-0.05", "12345.678", "ok", "5", "[1, 2]", "[x, NULL]", "[ok]", "[1.5]", "1.2.3.4/32", "$12.50",
                        "4000000000", "[1,5)", "10:00:00+02", nil,
                    ]
                ])
        }

        @Test func `reads many rows in one snapshot`() throws {
            try cluster.execute(
                "DROP TABLE IF EXISTS many",
                "CREATE TABLE many AS SELECT i, 'row ' || i AS t FROM generate_series(1, 200000) i")
            let source = try cluster.source(.table(TableName("public.many")))
            let stream = try source.open(Selection(columns: ["t"]))
            try cluster.execute("DELETE FROM many")
            var rows = 0
            while let batch = try stream.next() { rows += batch.rowCount }
            #expect(rows == 200_000)
            try source.verifyUnchanged()
        }

        @Test func `reads what is new by a cursor`() throws {
            try cluster.execute(
                "DROP TABLE IF EXISTS growing", "CREATE TABLE growing (id int, at timestamptz)",
                "INSERT INTO growing SELECT i, '2020-01-01'::timestamptz + i * interval '1.000001 day' FROM generate_series(1, 9) i"
            )
            let source = try cluster.source(.table(TableName("growing")))
            let maximum = try #require(try source.maximum(of: "at"))
            func count(_ range: CursorRange) throws -> Int {
                try Rows.texts(
                    cluster.source(.table(TableName("growing"))).open(Selection(columns: ["id"], cursor: range))
                )
                .count
            }
            #expect(try count(CursorRange(column: "at", after: nil, through: maximum)) == 9)
            #expect(try count(CursorRange(column: "at", after: "2020-01-06 00:00:00+00", through: maximum)) == 5)
            #expect(try count(CursorRange(column: "at", after: maximum, through: maximum)) == 0)
            #expect(try count(CursorRange(column: "at", after: maximum, includesAfter: true, through: maximum)) == 1)
            try cluster.execute("INSERT INTO growing VALUES (10, NULL)")
            #expect(throws: PipelineError.self) { try cluster.source(.table(TableName("growing"))).maximum(of: "at") }
            try cluster.execute("DELETE FROM growing")
            #expect(try cluster.source(.table(TableName("growing"))).maximum(of: "id") == nil)
        }

        @Test func `can only read`() throws {
            try cluster.execute(
                "DROP TABLE IF EXISTS victim", "CREATE TABLE victim (id int)", "DROP FUNCTION IF EXISTS strike",
                "CREATE FUNCTION strike() RETURNS int LANGUAGE sql AS 'INSERT INTO victim VALUES (1); SELECT 1'")
            #expect(throws: PipelineError.self) {
                let stream = try cluster.source(.query("SELECT strike() AS x")).open(Selection())
                while try stream.next() != nil {}
            }
            #expect(throws: PipelineError.self) {
                try cluster.source(.query("DELETE FROM victim")).describe(Selection())
            }
            #expect(try cluster.rows("SELECT count(*)::text FROM victim") == [["0"]])
        }

        @Test func `names what is missing`() throws {
            let table = #expect(throws: PipelineError.self) {
                try cluster.source(.table(TableName("nowhere"))).describe(Selection())
            }
            #expect(table?.message.contains("table nowhere") == true)
            try cluster.execute("DROP TABLE IF EXISTS small", "CREATE TABLE small (a int)")
            let column = #expect(throws: PipelineError.self) {
                try cluster.source(.table(TableName("small"))).describe(Selection(columns: ["b"]))
            }
            #expect(column?.message.contains("column b") == true)
            let address = try PostgresAddress("postgresql:///x?host=/nonexistent", isSecret: false, environment: [:])
            let refused = #expect(throws: PipelineError.self) {
                try PostgresSource(address, .query("SELECT 1"), driver: TestCluster.driver!).describe(Selection())
            }
            #expect(refused?.code == .connection)
        }
    }

    @Suite struct `when a load is cut off` {
        let cluster = TestCluster.shared!
        private static let many = "SELECT range AS id, 'x' || range AS name FROM range(300000)"

        private func prepared() throws -> PostgresDestination {
            try cluster.execute(
                "DROP TABLE IF EXISTS cut", "CREATE TABLE cut (id bigint PRIMARY KEY, name text)",
                "INSERT INTO cut VALUES (-1, 'old')")
            return try cluster.destination("cut")
        }

        @Test(arguments: [WriteMode.replace, .append, .merge(primaryKey: ["id"])])
        func `leaves the old rows when the server drops the connection`(mode: WriteMode) throws {
            let destination = try prepared()
            let stream = InterruptedStream(try Rows.select(Self.many)) {
                let killed = try cluster.rows(
                    "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND application_name = 'coffer' "
                        + "AND pid <> pg_backend_pid() AND state = 'active'")
                #expect(!killed.isEmpty)
            }
            let error = #expect(throws: PipelineError.self) { try destination.write(stream, Rows.load(mode)) }
            #expect(error?.code == .connection, "\(String(describing: error))")
            #expect(try cluster.rows("SELECT id::text FROM cut") == [["-1"]])
        }

        @Test func `leaves the old rows when it is cancelled`() throws {
            let destination = try prepared()
            let stream = InterruptedStream(try Rows.select(Self.many)) { destination.cancel() }
            let error = #expect(throws: PipelineError.self) { try destination.write(stream, Rows.load(.replace)) }
            #expect(error?.code == .interrupted, "\(String(describing: error))")
            #expect(try cluster.rows("SELECT id::text FROM cut") == [["-1"]])
        }

        @Test func `waits for another load into the same table`() async throws {
            _ = try prepared()
            let one = try cluster.destination("cut")
            let two = try cluster.destination("public.cut")
            async let first = one.write(Rows.select(Self.many), Rows.load(.replace))
            async let second = two.write(Rows.select(Self.many), Rows.load(.replace))
            #expect(try await (first, second) == (300_000, 300_000))
            #expect(try cluster.rows("SELECT count(*)::text FROM cut") == [["300000"]])
            #expect(try one.runs().count == 1)
        }

        @Test func `reads again after the connection of a source is gone`() throws {
            _ = try prepared()
            try cluster.execute("INSERT INTO cut SELECT i, repeat('x', 1000) FROM generate_series(1, 200000) i")
            let stream = InterruptedStream(try cluster.source(.table(TableName("cut"))).open(Selection())) {
                _ = try cluster.rows(
                    "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND application_name = 'coffer' "
                        + "AND pid <> pg_backend_pid()")
            }
            let error = #expect(throws: PipelineError.self) { while try stream.next() != nil {} }
            #expect(error?.code == .connection, "\(String(describing: error))")
        }
    }
}

/// A stream that does something before its second batch.
private final class InterruptedStream: BatchStream, @unchecked Sendable {
    private let base: any BatchStream
    private let act: () throws -> Void
    private var batches = 0
    var schema: Schema { base.schema }

    init(_ base: any BatchStream, _ act: @escaping () throws -> Void) {
        self.base = base
        self.act = act
    }

    func next() throws -> RecordBatch? {
        batches += 1
        if batches == 2 { try act() }
        return try base.next()
    }
}
