import Coffer
import CofferCrypto
import CofferPipeline

/// What a run does with a batch between source and destination: one text column of 2048 rows of 16 bytes, whole.
struct ProtectionBenchmarks {
    private let rows = 2048
    private let macKey = HMAC(.sha256, key: Randomness.system.secret(count: 32))

    func run() async throws -> [Measurement] {
        try await [
            protect(.randomized, "encrypt", goal: 8e6, option("encrypt")),
            protect(.randomized, "encrypt, bound to an id", option("encrypt", ("bind", Self.list("id")))),
            protect(.randomized, "encrypt, as text", cells: .text, option("encrypt")),
            protect(
                .deterministic, "encrypt, deterministic", goal: 3e6,
                option("encrypt", ("deterministic", Self.scalar("true")))),
            protect(.hash, "hash", option("hash")),
            protect(.mask, "mask", goal: 20e6, option("mask", ("keep_last", Self.scalar("4")))),
            protect(
                .preserveFormat, "preserve_format, 16 digits", goal: 1e6,
                option("preserve_format", ("alphabet", Self.scalar("digits")))),
            protect(
                .preserveFormat, "preserve_format, 16 alphanumerics",
                option("preserve_format", ("alphabet", Self.scalar("alphanumeric")))),
            protect(
                .preserveFormat, "preserve_format, cards", batch: cards(),
                option("preserve_format", ("kind", Self.scalar("card")))),
            protect(
                .preserveFormat, "preserve_format, integers", batch: numbers(.int64),
                option(
                    "preserve_format", ("kind", Self.scalar("integer")), ("min", Self.scalar("0")),
                    ("max", Self.scalar("9999999")))),
            protect(
                .generalize, "generalize, integers to ranges", goal: 20e6, batch: numbers(.int64),
                option("generalize", ("bucket", Self.scalar("10")))),
            protect(
                .generalize, "generalize, integers rounded", goal: 20e6, batch: numbers(.int64),
                option("generalize", ("round", Self.scalar("100")))),
            protect(
                .generalize, "generalize, dates to years", goal: 20e6, batch: numbers(.date32),
                option("generalize", ("to", Self.scalar("year")))),
            protect(
                .generalize, "generalize, prefixes", goal: 20e6, option("generalize", ("prefix", Self.scalar("3")))),
            protect(
                .generalize, "generalize, categories", goal: 20e6, option("generalize", ("groups", groups()))),
            reveal("reveal", option("encrypt")),
            reveal(
                "reveal, preserve_format, 16 digits", option("preserve_format", ("alphabet", Self.scalar("digits")))),
            reveal("reveal, deterministic", option("encrypt", ("deterministic", Self.scalar("true")))),
        ]
    }

    private func protect(
        _ purpose: Measurement.Purpose, _ name: String, goal: Double? = nil, cells: CellForm = .binary,
        batch given: RecordBatch? = nil,
        _ rule: Node
    ) async throws -> Measurement {
        let batch = try given ?? batch()
        let session = try await begin(rule, batch, cells)
        return try measure(purpose, name, goal: goal, count: rows) {
            _ = try session.protect(batch, firstRow: 0)
        }
    }

    private func reveal(_ name: String, _ rule: Node) async throws -> Measurement {
        let batch = try batch()
        let writer = try await begin(rule, batch, .binary)
        let protected = try writer.protect(batch, firstRow: 0)
        let plan = try RevealPlan(
            writer.catalogue(), schema: protected.schema, dataset: "benchmark", columns: nil, allowed: .embeddedStore,
            onFailure: .stop)
        let session = try await plan.begin(keys: BenchmarkKeys(macKey))
        return try measure(.other, name, count: rows) {
            // One segment, whose key is at hand.
            guard try !session.needsPreparation(protected) else { preconditionFailure("the key is at hand") }
            _ = try session.reveal(protected, firstRow: 0)
        }
    }

    private func begin(_ rule: Node, _ batch: RecordBatch, _ cells: CellForm) async throws -> ProtectSession {
        let fields = Self.map(("id", Self.scalar("keep")), ("value", rule))
        let policy = try FieldPolicy(node: Self.map(("fields", fields)))
        let plan = try FieldPlan(policy, schema: batch.schema, dataset: "benchmark", cells: cells)
        return try await plan.begin(keys: BenchmarkKeys(macKey), catalogue: nil, mode: .replace)
    }

    /// Sixteen digits a row, as an account number has.
    private func batch() throws -> RecordBatch {
        try texts { row in
            let digits = String(row * 7919)
            return String(repeating: "4", count: 16 - digits.utf8.count) + digits
        }
    }

    /// Cards with their check digit.
    private func cards() throws -> RecordBatch {
        try texts { row in
            let digits = String(row * 7919)
            let number = "4" + String(repeating: "0", count: 14 - digits.utf8.count) + digits
            var sum = 0
            for (i, digit) in number.utf8.reversed().enumerated() {
                let weighted = Int(digit - 0x30) * (i % 2 == 0 ? 2 : 1)
                sum += weighted > 9 ? weighted - 9 : weighted
            }
            return number + String((10 - sum % 10) % 10)
        }
    }

    /// Ages and the like, or days.
    private func numbers(_ type: ArrowType) throws -> RecordBatch {
        let field = Field("value", type)
        let numbers = Column.numbers(field, (0..<rows).map { Int64($0 * 7919 % 12_000) })
        let id = try texts { String($0) }.columns[0]
        return RecordBatch(schema: Schema([id.field, field]), rowCount: rows, columns: [id, numbers])
    }

    /// The text of every value, in four groups.
    private func groups() throws -> Node {
        let names = (0..<rows).map { row in
            let digits = String(row * 7919)
            return String(repeating: "4", count: 16 - digits.utf8.count) + digits
        }
        return Node(
            .map(
                (0..<4).map { group in
                    let members = names.indices.filter { $0 % 4 == group }.map { Self.scalar(names[$0]) }
                    return ("group \(group)", 1, Node(.list(members), line: 1))
                }), line: 1)
    }

    private func texts(_ text: (Int) -> String) throws -> RecordBatch {
        let fields = [Field("id", .utf8), Field("value", .utf8)]
        let columns = try fields.map { field in
            var builder = try VariableBuilder(field: field, rows: rows, byteCapacity: rows * 16)
            for row in 0..<rows {
                var text = text(row)
                text.withUTF8 { unsafe builder.append(UnsafeRawBufferPointer($0)) }
            }
            return try builder.finish()
        }
        return RecordBatch(schema: Schema(fields), rowCount: rows, columns: columns)
    }

    private func option(_ name: String, _ options: (String, Node)...) -> Node {
        Node(.map([(name, 1, Node(.map(options.map { ($0.0, 1, $0.1) }), line: 1))]), line: 1)
    }

    private static func map(_ pairs: (String, Node)...) -> Node {
        Node(.map(pairs.map { ($0.0, 1, $0.1) }), line: 1)
    }

    private static func scalar(_ text: String) -> Node { Node(.scalar(text, quoted: false), line: 1) }
    private static func list(_ text: String) -> Node { Node(.list([scalar(text)]), line: 1) }
}
