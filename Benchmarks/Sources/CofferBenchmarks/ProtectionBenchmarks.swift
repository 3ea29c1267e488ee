import Coffer
import CofferCrypto
import CofferPipeline

/// What a run does with a batch between source and destination: one text column of 2048 rows of 16 bytes, whole.
struct ProtectionBenchmarks {
    private let rows = 2048

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
        ]
    }

    private func protect(
        _ purpose: Measurement.Purpose, _ name: String, goal: Double? = nil, cells: CellForm = .binary, _ rule: Node
    ) async throws -> Measurement {
        let batch = try batch()
        let fields = Self.map(("id", Self.scalar("keep")), ("value", rule))
        let policy = try FieldPolicy(node: Self.map(("fields", fields)))
        let plan = try FieldPlan(policy, schema: batch.schema, dataset: "benchmark", cells: cells)
        let session = try await plan.begin(keys: BenchmarkKeys(), catalogue: nil, mode: .replace)
        return try measure(purpose, name, goal: goal, count: rows) {
            _ = try session.protect(batch, firstRow: 0)
        }
    }

    /// Sixteen digits a row, as an account number has.
    private func batch() throws -> RecordBatch {
        let fields = [Field("id", .utf8), Field("value", .utf8)]
        let columns = try fields.map { field in
            var builder = try VariableBuilder(field: field, rows: rows, byteCapacity: rows * 16)
            for row in 0..<rows {
                let digits = String(row * 7919)
                var text = String(repeating: "4", count: 16 - digits.utf8.count) + digits
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
