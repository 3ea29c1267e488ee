/// A whole number of a range, as its canonical text. Encrypted to another number of the range.
struct IntegerShape: FormatShape {
    let numbers: CycleWalk

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        guard let number = unsafe Self.parse(text), let changed = permute(number, decrypts: decrypts) else {
            return nil
        }
        var cursor = unsafe TextCursor(target)
        cursor.append(changed)
        return cursor.count
    }

    /// The number in place of `number`; nil where that is out of range.
    @inline(__always)
    func permute(_ number: Int, decrypts: Bool) -> Int? {
        let domain = numbers.domain
        let offset = UInt64(bitPattern: Int64(number &- domain.lowerBound))
        guard number >= domain.lowerBound, offset <= domain.span else { return nil }
        let changed = numbers.permute(offset, decrypts: decrypts)
        return domain.lowerBound &+ Int(Int64(bitPattern: changed))
    }

    /// The number that a canonical text stands for.
    private static func parse(_ text: UnsafeRawBufferPointer) -> Int? {
        let isNegative = unsafe text.first == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard text.count > start, text.count <= 20,
            unsafe text[start] != UInt8(ascii: "0") || text.count == 1
        else { return nil }
        var number = 0
        for i in start..<text.count {
            let byte = unsafe text[i]
            guard byte.isDigit else { return nil }
            let digit = Int(byte & 15)
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !overflowed else { return nil }
            number = sum
        }
        return number
    }
}
