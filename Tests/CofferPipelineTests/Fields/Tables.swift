import Coffer
import CofferCrypto

@testable import CofferPipeline

/// What a policy says, as if it were read from YAML: `["id": "keep"]`, `["ssn": ["encrypt": ["bind": "id"]]]`.
indirect enum Written: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    case text(String)
    case map([(String, Written)])
    case list([Written])

    init(stringLiteral value: String) { self = .text(value) }
    init(dictionaryLiteral elements: (String, Written)...) { self = .map(elements) }
    init(arrayLiteral elements: Written...) { self = .list(elements) }

    func node(line: Int = 1) -> Node {
        switch self {
        case .text(let text): Node(.scalar(text, quoted: false), line: line)
        case .list(let items): Node(.list(items.map { $0.node(line: line) }), line: line)
        case .map(let entries):
            Node(
                .map(
                    entries.enumerated().map {
                        ($0.element.0, line + $0.offset, $0.element.1.node(line: line + $0.offset))
                    }),
                line: line)
        }
    }
}

func policy(_ fields: Written, _ more: (String, Written)...) throws -> FieldPolicy {
    try FieldPolicy(node: Written.map([("fields", fields)] + more).node())
}

/// A column of `values`, given as the bytes of their type.
func column(_ field: Field, _ values: [[UInt8]?]) throws -> Column {
    if field.type == .null { return try field.nulls(values.count) }
    if field.type.isVariable {
        var builder = try VariableBuilder(
            field: field, rows: values.count, byteCapacity: values.reduce(0) { $0 + ($1?.count ?? 0) })
        for value in values {
            if let value { unsafe value.withUnsafeBytes { unsafe builder.append($0) } } else { builder.appendNull() }
        }
        return try builder.finish()
    }
    var builder = FixedBuilder(field: field, rows: values.count)
    for value in values {
        if let value {
            precondition(unsafe value.withUnsafeBytes { unsafe builder.append($0) })
        } else {
            builder.appendNull()
        }
    }
    return builder.finish()
}

func texts(_ name: String, _ values: [String?]) throws -> Column {
    try column(Field(name, .utf8), values.map { $0.map { Array($0.utf8) } })
}

func integers(_ name: String, _ values: [Int64?]) throws -> Column {
    try column(Field(name, .int64), values.map { $0.map(littleEndian) })
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<(value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

func batch(_ columns: Column...) -> RecordBatch {
    RecordBatch(
        schema: Schema(columns.map(\.field)), rowCount: columns.first?.length ?? 0, columns: columns)
}

/// The values of a leaf as bytes.
func bytes(_ column: Column) -> [[UInt8]?] {
    let values = column.values
    return (0..<column.length).map { column.isNull($0) ? nil : unsafe Array(values.bytes(at: $0)) }
}

func strings(_ column: Column) -> [String?] { bytes(column).map { $0.map { String(decoding: $0, as: UTF8.self) } } }

extension RecordBatch {
    subscript(name: String) -> Column { columns[schema.index(of: name)!] }

    /// The batch with another column in place of the one of its name.
    func with(_ column: Column) -> RecordBatch {
        let at = schema.index(of: column.field.name)!
        var (fields, columns) = (schema.fields, columns)
        (fields[at], columns[at]) = (column.field, column)
        return RecordBatch(schema: Schema(fields), rowCount: rowCount, columns: columns)
    }

    /// Rows in another order.
    func reordered(_ name: String, _ rows: [Int]) throws -> RecordBatch {
        let old = bytes(self[name])
        return with(try CofferPipelineTests.column(self[name].field, rows.map { old[$0] }))
    }
}

/// A batch protected and what it takes to reveal it.
struct Protected {
    let batch: RecordBatch
    let catalogue: Catalogue
    let keys: TestKeys

    func revealed(
        _ other: RecordBatch? = nil, dataset: String = "people", columns: [String]? = nil,
        allowed: AllowedKeys = .embeddedStore, onFailure: RevealFailure = .stop, catalogue: Catalogue? = nil
    ) async throws -> RecordBatch {
        let batch = other ?? batch
        // Through its JSON, as it travels.
        let travelled = try Catalogue(decoding: try (catalogue ?? self.catalogue).encode())
        let plan = try RevealPlan(
            travelled, schema: batch.schema, dataset: dataset,
            columns: try columns?.map { try FieldPath(parsing: $0) }, allowed: allowed, onFailure: onFailure)
        let session = try await plan.begin(keys: keys)
        if try session.needsPreparation(batch) { try await session.prepare(batch) }
        let revealed = try session.reveal(batch, firstRow: 0)
        precondition(revealed.schema.fields.map(\.type) == plan.outputSchema.fields.map(\.type))
        return revealed
    }
}

func protect(
    _ batch: RecordBatch, _ policy: FieldPolicy, dataset: String = "people", cells: CellForm = .binary,
    keys: TestKeys = TestKeys(), onto existing: Catalogue? = nil, tenantCapacity: Int = 10_000,
    valuesPerSegment: Int = 1 << 32
) async throws -> Protected {
    let plan = try FieldPlan(policy, schema: batch.schema, dataset: dataset, cells: cells)
    let session = try await plan.begin(
        keys: keys, catalogue: existing, mode: existing == nil ? .replace : .extend, tenantCapacity: tenantCapacity,
        valuesPerSegment: valuesPerSegment)
    if try session.needsPreparation(batch, firstRow: 0) { try await session.prepare(batch, firstRow: 0) }
    let out = try session.protect(batch, firstRow: 0)
    precondition(out.schema == plan.outputSchema)
    return Protected(batch: out, catalogue: session.catalogue(), keys: keys)
}

/// Expects a refusal and returns it.
func refusal(_ body: () async throws -> Void) async -> PipelineError? {
    do {
        try await body()
        return nil
    } catch { return error as? PipelineError }
}
