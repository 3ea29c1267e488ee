/// Builds a column of fixed-width values or booleans.
@safe struct FixedBuilder: ~Copyable {
    private let field: Field
    private let rows: Int
    private let width: Int
    private let data: Buffer
    private var bits: Buffer?
    private var row = 0
    private var nulls = 0

    /// Room for `rows` values of `field`, whose type is a boolean or has a fixed width.
    init(field: Field, rows: Int) {
        let isBoolean = field.type == .bool
        let width = field.type.fixedWidth ?? 0
        precondition(width > 0 || isBoolean || field.type == .fixedBinary(0), "the type has a fixed width")
        data = Buffer(byteCount: isBoolean ? (rows + 7) / 8 : rows * width)
        self.width = width
        self.rows = rows
        self.field = field
    }

    /// A null.
    mutating func appendNull() {
        if bits == nil {
            let made = Buffer(byteCount: (rows + 7) / 8)
            for i in 0..<row { unsafe Bits.set(made.start, i) }
            bits = made
        }
        nulls += 1
        row += 1
    }

    /// A value: its little-endian bytes, or one byte (0 or 1) of a boolean. False where the size is wrong.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if field.type == .bool {
            guard bytes.count == 1, unsafe bytes[0] <= 1 else { return false }
            if unsafe bytes[0] == 1 { unsafe Bits.set(data.start, row) }
        } else {
            guard bytes.count == width else { return false }
            if let source = bytes.baseAddress {
                unsafe (data.start + row * width).copyMemory(from: source, byteCount: width)
            }
        }
        if let bits { unsafe Bits.set(bits.start, row) }
        row += 1
        return true
    }

    /// The column. Every row must have been appended.
    consuming func finish() -> Column {
        precondition(row == rows, "a builder gets as many values as it was made for")
        let owners = Owners([data] + (bits.map { [$0] } ?? []))
        let validity = unsafe bits.map { unsafe UnsafeRawPointer($0.start) }
        return unsafe Column(
            field: field, length: rows, nullCount: nulls, buffers: [validity, UnsafeRawPointer(data.start)],
            owner: owners)
    }
}
