import CofferCrypto

/// Appends cells to a column: as bytes, or as base64url where the destination holds text.
@safe struct CellWriter: ~Copyable {
    private var builder: VariableBuilder
    private let isText: Bool
    /// A cell's bytes before they become text.
    private var scratch: Buffer

    /// Room for `rows` cells of values with `byteCount` bytes together, each `overhead` bytes longer.
    init(field: Field, rows: Int, byteCount: Int, overhead: Int) throws(PipelineError) {
        isText = field.type.isText
        let size = byteCount + rows * overhead
        builder = try VariableBuilder(
            field: field, rows: rows, byteCapacity: isText ? size / 3 * 4 + rows * 4 : size)
        scratch = Buffer(unwritten: isText ? 4096 : 0)
    }

    mutating func appendNull() { builder.appendNull() }

    /// A cell of `count` bytes, which `write` fills.
    @inline(__always)
    mutating func append<E: Error>(count: Int, _ write: (UnsafeMutableRawPointer) throws(E) -> Void) throws(E) {
        guard isText else { return unsafe try builder.append(count: count, write) }
        if count > scratch.byteCount { scratch = Buffer(unwritten: count * 2) }
        unsafe try write(scratch.start)
        unsafe builder.append(count: Base64URL.encodedCount(count)) { target in
            unsafe Base64URL.encode(UnsafeRawBufferPointer(start: scratch.start, count: count), into: target)
        }
    }

    consuming func finish() throws(PipelineError) -> Column { try builder.finish() }
}
