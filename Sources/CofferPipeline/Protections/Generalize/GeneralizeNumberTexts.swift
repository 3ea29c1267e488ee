/// Numbers that are written as text.
struct GeneralizeNumberTexts: Protection {
    let output: Field
    let numbers: NumberGeneralizer
    let names: RangeNames
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let byteCapacity = column.values.totalBytes(rows: column.length) * 2
        return try names.lend { names in
            try unsafe misfits.texts(output, column, rows, batch, byteCapacity: byteCapacity) { text, _, builder in
                guard let (value, isMore) = unsafe Self.parse(text, scale: numbers.scale) else { return false }
                if numbers.isNaming {
                    unsafe builder.append(names.name(numbers.range(of: value)))
                    return true
                }
                let rounded = numbers.rounded(value, isMore: isMore)
                if rounded == value, case .same = numbers.rule.shape,
                    // Within bounds: as it was written. A little more than the top is the top.
                    !isMore || numbers.rounded(value + 1) != value
                {
                    unsafe builder.append(text)
                } else {
                    builder.append(Quantity.text(rounded, scale: numbers.scale))
                }
                return true
            }
        }
    }

    /// The number rounded down to a multiple of 10^-`scale`, and whether it is a little more; nil where it is none, or has
    /// over 20 digits before the point.
    @inline(__always)
    private static func parse(_ text: UnsafeRawBufferPointer, scale: Int) -> (Int128, isMore: Bool)? {
        let isNegative = unsafe text.first == UInt8(ascii: "-")
        var at = isNegative ? 1 : 0
        let start = at
        var small = 0
        while at < text.count, at - start < 18, unsafe text[at].isDigit {
            small = small * 10 + Int(unsafe text[at] & 15)
            at += 1
        }
        var value = Int128(small)
        while at < text.count, unsafe text[at].isDigit {
            guard at - start < 20 else { return nil }
            value = value * 10 + Int128(unsafe text[at] & 15)
            at += 1
        }
        guard at > start else { return nil }
        var (decimals, isMore) = (0, false)
        if at < text.count {
            guard unsafe text[at] == UInt8(ascii: "."), at + 1 < text.count, text.count <= 512 else { return nil }
            at += 1
            while at < text.count, unsafe text[at].isDigit {
                let digit = unsafe text[at] & 15
                if decimals < scale {
                    (value, decimals) = (value * 10 + Int128(digit), decimals + 1)
                } else {
                    isMore = isMore || digit != 0
                }
                at += 1
            }
            guard at == text.count else { return nil }
        }
        while decimals < scale { (value, decimals) = (value * 10, decimals + 1) }
        guard isNegative else { return (value, isMore) }
        return (isMore ? -value - 1 : -value, isMore)
    }
}
