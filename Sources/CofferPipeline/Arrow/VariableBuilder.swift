/// Builds a text or binary column value by value into memory sized beforehand.
@safe package struct VariableBuilder: ~Copyable {
    private let field: Field
    private let rows: Int
    private let offsets: Buffer
    private var bits: Buffer?
    private var data: Buffer
    private var row = 0
    private var used = 0
    private var nulls = 0

    /// Room for `rows` values of together about `byteCapacity` bytes; it grows where that was too little.
    /// - Throws: ``PipelineError`` where `byteCapacity` is beyond what 32-bit offsets can address and `field` has those.
    package init(field: Field, rows: Int, byteCapacity: Int) throws(PipelineError) {
        self.field = field
        self.rows = rows
        wide = field.type == .largeUtf8 || field.type == .largeBinary
        if !wide, byteCapacity > Int(Int32.max) { throw Self.tooLarge(field) }
        offsets = Buffer(byteCount: (rows + 1) * (wide ? 8 : 4))
        data = Buffer(unwritten: byteCapacity)
    }

    /// Whether offsets have 64 bits.
    private let wide: Bool

    private static func tooLarge(_ field: Field) -> PipelineError {
        PipelineError(
            .tooLarge, "column \(field.name): a batch holds more than 2 GiB of text",
            hint: "set batch_rows: lower in the source, or read the column as large text")
    }

    /// A null.
    package mutating func appendNull() {
        if bits == nil {
            let made = Buffer(byteCount: (rows + 7) / 8)
            for i in 0..<row { unsafe Bits.set(made.start, i) }
            bits = made
        }
        nulls += 1
        endRow(valid: false)
    }

    /// A value of exactly `count` bytes, which `write` fills.
    @inline(__always)
    mutating func append<E: Error>(count: Int, _ write: (UnsafeMutableRawPointer) throws(E) -> Void) throws(E) {
        if used + count > data.byteCount { grow(by: count) }
        try unsafe write(data.start + used)
        used += count
        endRow(valid: true)
    }

    /// A copy of `bytes`.
    @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        unsafe append(count: bytes.count) { target in
            if let source = bytes.baseAddress { unsafe target.copyMemory(from: source, byteCount: bytes.count) }
        }
    }

    @inline(__always)
    private mutating func endRow(valid: Bool) {
        if valid, let bits { unsafe Bits.set(bits.start, row) }
        row += 1
        if wide {
            unsafe offsets.start.storeBytes(of: Int64(used), toByteOffset: row * 8, as: Int64.self)
        } else {
            unsafe offsets.start.storeBytes(of: Int32(truncatingIfNeeded: used), toByteOffset: row * 4, as: Int32.self)
        }
    }

    private mutating func grow(by count: Int) {
        let larger = Buffer(unwritten: max(used + count, data.byteCount * 2))
        unsafe larger.start.copyMemory(from: data.start, byteCount: used)
        data = larger
    }

    /// The column. Every row must have been appended.
    package consuming func finish() throws(PipelineError) -> Column {
        precondition(row == rows, "a builder gets as many values as it was made for")
        if !wide, used > Int(Int32.max) { throw Self.tooLarge(field) }
        let owners = Owners([offsets, data] + (bits.map { [$0] } ?? []))
        let validity = unsafe bits.map { unsafe UnsafeRawPointer($0.start) }
        return unsafe Column(
            field: field, length: rows, nullCount: nulls,
            buffers: [validity, UnsafeRawPointer(offsets.start), UnsafeRawPointer(data.start)], owner: owners)
    }
}

/// Keeps several buffers alive as one.
final class Owners: Sendable {
    private let buffers: [Buffer]
    init(_ buffers: [Buffer]) { self.buffers = buffers }
}
