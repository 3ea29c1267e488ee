/// The engine's stream with booleans of one bit. Where its Arrow is to be lossless, the engine gives them as bytes
/// (`arrow.bool8`), which other sources don't: a value must not depend on where it came from.
final class BooleanStream: BatchStream {
    let schema: Schema
    private let base: any BatchStream
    private let paths: [FieldPath]
    private let fields: [Field]

    /// `base` itself where it has no such column.
    static func over(_ base: any BatchStream) throws -> any BatchStream {
        let found = base.schema.leaves.filter { $0.field.extensionName == "arrow.bool8" && $0.field.type == .int8 }
        return found.isEmpty ? base : try BooleanStream(base, found)
    }

    private init(_ base: any BatchStream, _ found: [(path: FieldPath, field: Field)]) throws {
        self.base = base
        paths = found.map(\.path)
        fields = found.map { Field($0.field.name, .bool, isNullable: $0.field.isNullable) }
        schema = try base.schema.replacing(paths, with: fields)
    }

    func next() throws -> RecordBatch? {
        try base.next()?.replacing(paths, schema: schema) { index, column, _ in bits(column, fields[index]) }
    }

    private func bits(_ column: Column, _ field: Field) -> Column {
        var builder = FixedBuilder(field: field, rows: column.length)
        let values = column.values
        for i in 0..<column.length {
            if column.isNull(i) {
                builder.appendNull()
            } else {
                var bit: UInt8 = unsafe values.bytes(at: i)[0] == 0 ? 0 : 1
                let isWhole = unsafe withUnsafeBytes(of: &bit) { unsafe builder.append($0) }
                precondition(isWhole, "a boolean is one byte")
            }
        }
        return builder.finish()
    }
}
