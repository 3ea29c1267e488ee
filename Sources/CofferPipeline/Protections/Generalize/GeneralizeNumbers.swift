/// Integers and decimals.
struct GeneralizeNumbers: Protection {
    let output: Field
    let width: Int
    let isSigned: Bool
    let numbers: NumberGeneralizer
    let names: RangeNames
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        switch (width, isSigned) {
        case (8, true):
            unsafe try protect(column, rows, batch) { unsafe Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
        case (4, true):
            unsafe try protect(column, rows, batch) { unsafe Int32(littleEndian: $0.loadUnaligned(as: Int32.self)) }
        case (2, true):
            unsafe try protect(column, rows, batch) { unsafe Int16(littleEndian: $0.loadUnaligned(as: Int16.self)) }
        case (1, true): unsafe try protect(column, rows, batch) { unsafe $0.load(as: Int8.self) }
        case (8, false):
            unsafe try protect(column, rows, batch) { unsafe UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        case (4, false):
            unsafe try protect(column, rows, batch) { unsafe UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
        case (2, false):
            unsafe try protect(column, rows, batch) { unsafe UInt16(littleEndian: $0.loadUnaligned(as: UInt16.self)) }
        case (1, false): unsafe try protect(column, rows, batch) { unsafe $0.load(as: UInt8.self) }
        default:
            unsafe try protect(column, rows, batch) { unsafe Int128(littleEndian: $0.loadUnaligned(as: Int128.self)) }
        }
    }

    @inline(__always)
    private func protect<Number: FixedWidthInteger>(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ read: (UnsafeRawBufferPointer) -> Number
    ) throws -> Column {
        if numbers.isNaming {
            return try names.lend { names in
                try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 12) {
                    value, _, builder in
                    unsafe builder.append(names.name(numbers.range(of: Int128(read(value)))))
                    return true
                }
            }
        }
        return try unsafe misfits.fixed(output, column, rows, batch) { value, _, builder in
            let rounded = unsafe numbers.rounded(Int128(read(value)))
            guard var number = Number(exactly: rounded)?.littleEndian, fits(rounded) else { return false }
            return unsafe withUnsafeBytes(of: &number) { unsafe builder.append($0) }
        }
    }

    /// Whether a decimal has the digits for `value`.
    private func fits(_ value: Int128) -> Bool {
        guard case .decimal(let precision, _, _) = output.type, precision < 38 else { return true }
        var limit: Int128 = 1
        for _ in 0..<precision { limit *= 10 }
        return value < limit && value > -limit
    }
}
