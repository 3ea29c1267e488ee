import CofferCrypto

/// Reads cells from a column: bytes as they are, or base64url where the column is text.
struct CellReader {
    private let values: LeafValues
    private let isText: Bool
    private let buffer: Buffer

    init(_ column: Column) {
        values = column.values
        isText = column.field.valueType.isText
        var longest = 0
        if isText {
            for i in 0..<column.length where !column.isNull(i) {
                longest = max(longest, unsafe values.bytes(at: i).count)
            }
        }
        buffer = Buffer(unwritten: longest)
    }

    /// The cell of row `i`, which is not null; nil where it is no base64url. Valid until the next one is read.
    @inline(__always)
    func cell(at i: Int) -> UnsafeRawBufferPointer? {
        let bytes = unsafe values.bytes(at: i)
        guard isText else { return unsafe bytes }
        guard let count = Base64URL.decodedCount(bytes.count), unsafe Base64URL.decode(bytes, into: buffer.start) else {
            return nil
        }
        return unsafe UnsafeRawBufferPointer(start: buffer.start, count: count)
    }

    /// The segment that the cell of row `i` names.
    func segment(at i: Int) -> UInt64? {
        guard let cell = unsafe cell(at: i), cell.count >= FieldFormat.randomizedOverhead,
            unsafe cell[0] == FieldFormat.randomized
        else { return nil }
        return UInt64(bigEndian: unsafe cell.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
    }
}
