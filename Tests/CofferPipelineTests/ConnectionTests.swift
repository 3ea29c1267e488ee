import Testing

@testable import CofferPipeline

@Suite struct `A driver manifest` {
    @Test func `names the library for this platform`() throws {
        let manifest = try DriverManifest(
            """
            manifest_version = 1
            name = 'PostgreSQL driver' # not "this"
            [ADBC]
            version = "1.1.0"
            features = [
              "a",
            ]
            [Driver]
            entrypoint = "AdbcDriverInit"
            [Driver.shared]
            linux_amd64 = "/opt/a \\"b\\".so"
            'linux_arm64' = '/opt/c\\d.so'
            [[other]]
            shared = "no"
            """, platform: "linux_amd64")
        #expect(manifest.library == "/opt/a \"b\".so")
        #expect(manifest.entrypoint == "AdbcDriverInit")
    }

    @Test func `may name one library for all`() throws {
        #expect(try DriverManifest("[Driver]\nshared = \"x.so\"").library == "x.so")
        #expect(try DriverManifest("Driver.shared = 'x.so'\r\n").library == "x.so")
        #expect(try DriverManifest("").library == nil)
        #expect(try DriverManifest("[Driver]\nshared = \"unfinished").library == nil)
    }

    @Test(arguments: ["[Driver", "not toml", "= 1"])
    func `is refused with its line`(text: String) {
        #expect(throws: PipelineError.self) { try DriverManifest(text) }
    }
}

@Suite struct `A PostgreSQL address` {
    private func address(
        _ text: String, isSecret: Bool = false, plain: Bool = false, _ environment: [String: String] = [:]
    ) throws -> PostgresAddress {
        try PostgresAddress(text, isSecret: isSecret, allowPlaintext: plain, environment: environment)
    }

    @Test(arguments: [
        "postgresql:///db", "postgres://ann@localhost/db", "postgresql://127.0.0.1:5432/db",
        "postgresql://[::1]:5432/db",
        "postgresql:///db?host=/var/run/postgresql", "postgresql://%2Ftmp%2Fpg/db",
        "postgresql://db.example.com/db?sslmode=verify-full", "postgresql://a.example,b.example/db?sslmode=verify-full",
    ])
    func `is taken when it is local or verified`(text: String) throws {
        _ = try address(text)
    }

    @Test(arguments: [
        "postgresql://db.example.com/db", "postgresql://db.example.com/db?sslmode=require",
        "postgresql://localhost,db.example.com/db", "postgresql:///db?host=db.example.com",
        "postgresql://localhost/db?hostaddr=10.0.0.1", "postgresql:///db?service=prod",
        "postgresql://127.0.0.1.example.com/db", "postgresql://127.1/db",
    ])
    func `on another host must be verified`(text: String) throws {
        let error = #expect(throws: PipelineError.self) { try address(text) }
        #expect(error?.message.contains("verify-full") == true)
        #expect(try address(text, plain: true).allowsPlaintext)
    }

    @Test func `follows PG variables`() throws {
        #expect(throws: PipelineError.self) { try address("postgresql:///db", ["PGHOST": "db.example.com"]) }
        #expect(throws: PipelineError.self) { try address("postgresql://localhost/db", ["PGHOSTADDR": "10.0.0.1"]) }
        #expect(throws: PipelineError.self) { try address("postgresql://localhost/db", ["PGSERVICE": "prod"]) }
        _ = try address("postgresql:///db", ["PGHOST": "db.example.com", "PGSSLMODE": "verify-full"])
    }

    @Test(arguments: [
        "postgresql://ann:secret@localhost/db", "postgresql:///db?password=secret",
        "postgresql:///db?sslpassword=secret",
        "postgresql://ann:sec?ret@localhost/db", "postgresql:///db?p%61ssword=secret",
    ])
    func `has no password in a pipeline file`(text: String) throws {
        let error = #expect(throws: PipelineError.self) { try address(text) }
        #expect(error?.message.contains("secret") == false)
        if !text.contains("?ret") {
            #expect(try !address(text, isSecret: true).location.contains("secret"))
        }
    }

    @Test(arguments: [
        "host=localhost password=x", "mysql://x", "postgresql://a@b@c/db", "postgresql://[::1/db", "postgresql:///db?x",
        "postgresql:///d%zzb", "postgresql:///db?host=a&host=b", "postgresql:///a b", "",
    ])
    func `is refused when malformed`(text: String) {
        #expect(throws: PipelineError.self) { try address(text) }
    }

    @Test func `shows user, host and database`() throws {
        let location = try address("postgresql://ann:x@db.example:5433/shop?sslmode=verify-full", isSecret: true)
            .location
        #expect(location == "postgresql://ann@db.example/shop")
    }
}

@Suite struct `Types for databases` {
    @Test func `become JSON where they nest, decimals where 64 bits have no sign`() {
        let schema = Schema([
            Field("id", .int64), Field("big \"one\"", .uint64), Field("l", .list, children: [Field("item", .int32)]),
        ])
        let staged = PostgresTypes.projection(for: schema)
        #expect(
            staged?.map(\.expression) == [
                "\"id\"", "CAST(\"big \"\"one\"\"\" AS DECIMAL(20, 0))", "CAST(to_json(\"l\") AS VARCHAR)",
            ])
        let direct = PostgresTypes.projection(for: schema) { $0 == "l" ? "jsonb" : nil }
        #expect(direct?[2].expression == "chr(1) || CAST(to_json(\"l\") AS VARCHAR)")
        #expect(PostgresTypes.projection(for: Schema([Field("id", .int64)])) == nil)
        #expect(SQLiteTypes.projection(for: schema)?[2].expression == "CAST(to_json(\"l\") AS VARCHAR)")
    }

    @Test func `do not turn bytes into their spelling`() {
        let cell = Field("ssn", .binary)
        #expect(PostgresTypes.canCast(cell, into: "bytea"))
        for type in ["text", "varchar", "int4", "jsonb"] { #expect(!PostgresTypes.canCast(cell, into: type)) }
        #expect(!PostgresTypes.canCast(Field("x", .float64), into: "int4"))
        #expect(!SQLiteTypes.fits(cell, into: "VARCHAR(11)"))
        #expect(SQLiteTypes.fits(cell, into: "BLOB"))
        #expect(SQLiteTypes.fits(cell, into: ""))
    }

    @Test(
        arguments: [
            ("12.50", 2, 1250), ("-0.05", 2, -5), ("7", 3, 7000), ("-0", 0, 0), (".5", 1, 5),
            ("99999999999999999999999999999999999999", 0, Int128("99999999999999999999999999999999999999")!),
        ] as [(String, Int, Int128)])
    func `read decimals from text`(text: String, scale: Int, value: Int128) {
        let parsed = unsafe Array(text.utf8).withUnsafeBytes { unsafe DecimalText.parse($0, scale: scale) }
        #expect(parsed == value)
    }

    @Test(arguments: [
        "", "-", ".", "nan", "inf", "1.234", "1e5", "1.2.3", "+1", "999999999999999999999999999999999999999",
    ])
    func `refuse what is no decimal`(text: String) {
        let parsed = unsafe Array(text.utf8).withUnsafeBytes { unsafe DecimalText.parse($0, scale: 2) }
        #expect(parsed == nil)
    }

    @Test func `know SQLite's affinities`() {
        #expect(SQLiteKind(declared: "bigint") == .integer)
        #expect(SQLiteKind(declared: "VARCHAR(3)") == .text)
        #expect(SQLiteKind(declared: "double precision") == .real)
        #expect(SQLiteKind(declared: "CHARINT") == .integer)
        #expect(SQLiteKind(declared: "DATETIME") == nil)
        #expect(SQLiteSession.uri("/tmp/a b?c%#.db") == "file:///tmp/a%20b%3Fc%25%23.db")
    }

    @Test func `keep a user's query apart from ours`() {
        #expect(Relation.derived("SELECT 1; -- one\n ; ") == "(\nSELECT 1; -- one\n)")
        #expect(Relation.derived("SELECT 1 -- one") == "(\nSELECT 1 -- one\n)")
    }
}
