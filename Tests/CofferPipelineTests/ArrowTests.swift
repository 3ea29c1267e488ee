import CArrow
import Testing

@testable import CofferPipeline

@Suite struct `A format string` {
    @Test(arguments: [
        "n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "e", "f", "g", "z", "Z", "vz", "u", "U", "vu", "d:10,2",
        "d:38,10,256", "w:16", "tdD", "tdm", "tts", "ttm", "ttu", "ttn", "tss:", "tsu:UTC", "tsn:Europe/Berlin", "tDs",
        "tDn", "tiM", "tiD", "tin", "+l", "+L", "+w:3", "+s", "+m", "+ud:0,1", "+r",
    ]) func `is what it was after parsing`(format: String) {
        #expect(ArrowType(format: format).format == format)
    }

    @Test(arguments: ["d:", "d:x,2", "d:10", "w:", "w:-1", "+w:x", "tsx:", "tt", "", "ts"])
    func `that is malformed is carried through, not taken for another`(
        format: String
    ) {
        #expect(ArrowType(format: format) == .other(format))
    }
}

@Suite struct `A column path` {
    @Test(arguments: [
        "email", "address.city", "children[].security_key", "tags[]", "labels{key}", "labels{value}.name", "`a.b`",
        "`a``b`.c", "first name", "a[][].b",
    ]) func `is what it was after parsing`(text: String) throws {
        #expect(try FieldPath(parsing: text).description == text)
    }

    @Test(arguments: ["", ".", "a.", "a..b", "a[", "a[]b", "a{keys}", "`a", "``", "[]"])
    func `that is malformed is refused`(
        text: String
    ) {
        #expect(throws: (any Error).self) { try FieldPath(parsing: text) }
    }
}

@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `A nested column` {
    /// Rewrites the leaf at `path` by `change` and returns what DuckDB makes of the result.
    private func rewritten(_ sql: String, _ path: String) throws -> [[String?]] {
        let engine = try #require(TestEngine.shared)
        let input = try engine.connect().query(sql)
        let path = try FieldPath(parsing: path)
        let output = Upper(input, path)
        let registration = try engine.register(output)
        let rows = try engine.connect().rows("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM \(registration.name)")
        if let failure = registration.failure { throw failure }
        return rows
    }

    @Test func `is rebuilt around a leaf in a list of structs, with nulls at every level`() throws {
        let rows = try rewritten(
            """
            SELECT * FROM (VALUES (1, [{'k': 'a', 'n': 1}, {'k': NULL, 'n': 2}]), (2, NULL), (3, []), (4, [NULL, {'k': 'b', 'n': 3}])) \
            t(id, c)
            """, "c[].k")
        #expect(
            rows == [
                ["1", "[{'k': A, 'n': 1}, {'k': NULL, 'n': 2}]"], ["2", nil], ["3", "[]"],
                ["4", "[NULL, {'k': B, 'n': 3}]"],
            ])
    }

    @Test func `keeps the values of a map with its keys`() throws {
        #expect(
            try rewritten("SELECT MAP {'x': 'a', 'y': 'b'} AS m", "m{value}") == [["{x=A, y=B}"]])
        #expect(try rewritten("SELECT MAP {'x': 'a'} AS m", "m{key}") == [["{X=a}"]])
    }

    @Test func `of fixed size, and lists in lists, are rebuilt`() throws {
        #expect(try rewritten("SELECT ['a', 'b']::VARCHAR[2] AS f", "f[]") == [["[A, B]"]])
        #expect(try rewritten("SELECT [['a'], [], NULL, ['b', 'c']] AS l", "l[][]") == [["[[A], [], NULL, [B, C]]"]])
    }

    @Test func `knows which row an element belongs to`() throws {
        let engine = try #require(TestEngine.shared)
        let batch = try #require(
            try engine.connect().query("SELECT * FROM (VALUES (['a', 'b']), (NULL), (['c'])) t(l)").next())
        var rows: [Int] = []
        _ = try batch.replacing([FieldPath(parsing: "l[]")], schema: batch.schema) { _, leaf, index in
            rows = (0..<leaf.length).map { index.row(of: $0) }
            return leaf
        }
        #expect(rows == [0, 0, 2])
    }

    @Test func `of a slice is cut where the slice is`() throws {
        let engine = try #require(TestEngine.shared)
        let whole = try #require(
            try engine.connect().query(
                "SELECT {'k': CASE WHEN range = 3 THEN NULL ELSE 'v' || range END, 'n': range} AS s FROM range(10)"
            ).next())
        let slice = whole.columns[0].sliced(from: 2, count: 4)
        let batch = RecordBatch(schema: whole.schema, rowCount: 4, columns: [slice])
        var seen: [String?] = []
        let replaced = try batch.replacing([FieldPath(parsing: "s.k")], schema: batch.schema) { _, leaf, _ in
            seen = (0..<leaf.length).map {
                leaf.isNull($0) ? nil : unsafe String(decoding: leaf.values.bytes(at: $0), as: UTF8.self)
            }
            return leaf
        }
        #expect(seen == ["v2", nil, "v4", "v5"])
        #expect(replaced.columns[0].length == 4)
        #expect(replaced.columns[0].offset == 0)
    }
}

/// Puts the texts of one leaf into capitals.
private final class Upper: BatchStream {
    private let input: any BatchStream
    private let path: FieldPath
    var schema: Schema { input.schema }

    init(_ input: any BatchStream, _ path: FieldPath) {
        self.input = input
        self.path = path
    }

    func next() throws -> RecordBatch? {
        try input.next()?.replacing([path], schema: schema) { _, leaf, rows in
            var builder = try VariableBuilder(field: leaf.field, rows: leaf.length, byteCapacity: 1)
            for i in 0..<leaf.length {
                if leaf.isNull(i) || rows.row(of: i) < 0 {
                    builder.appendNull()
                } else {
                    let text = unsafe String(decoding: leaf.values.bytes(at: i), as: UTF8.self).uppercased()
                    unsafe Array(text.utf8).withUnsafeBytes { unsafe builder.append($0) }
                }
            }
            return try builder.finish()
        }
    }
}
