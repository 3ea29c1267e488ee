/// Decimal numbers written as text, as PostgreSQL delivers `numeric`.
enum DecimalText {
    /// The number times 10^scale; nil where it is not one, has more than `scale` decimals or is beyond 38 digits.
    static func parse(_ text: UnsafeRawBufferPointer, scale: Int) -> Int128? {
        var value: Int128 = 0
        var decimals: Int?
        var digits = 0
        var isNegative = false
        for unsafe(index, byte) in unsafe text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: isNegative = true
            case UInt8(ascii: ".") where decimals == nil: decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if decimals != nil { decimals! += 1 }
                let (high, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowed) = high.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
                value = sum
                digits += value == 0 ? 0 : 1
                guard !overflow, !overflowed, digits <= 38, decimals ?? 0 <= scale else { return nil }
            default: return nil
            }
        }
        guard text.count > (isNegative ? 1 : 0) + (decimals == nil ? 0 : 1) else { return nil }
        for _ in (decimals ?? 0)..<scale {
            let (high, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = high
        }
        return isNegative ? -value : value
    }

    /// A column of decimals from a column of texts.
    /// - Throws: ``PipelineError`` that names the column where a value is not a decimal (`NaN`, `Infinity`).
    static func column(_ texts: Column, as field: Field) throws -> Column {
        guard case .decimal(_, let scale, 128) = field.type else { return texts.with(field: field) }
        var builder = FixedBuilder(field: field, rows: texts.length)
        let values = texts.values
        for i in 0..<texts.length {
            if texts.isNull(i) {
                builder.appendNull()
                continue
            }
            guard let value = unsafe parse(values.bytes(at: i), scale: scale) else {
                throw PipelineError(
                    .source, "column \(field.name): a value is no decimal number of the declared size (NaN, Infinity)",
                    hint: "leave it out by query:, or cast the column to text there")
            }
            var little = value.littleEndian
            _ = unsafe withUnsafeBytes(of: &little) { unsafe builder.append($0) }
        }
        return builder.finish()
    }
}
