extension Column {
    /// A column of integers or days, for measurements: `field` has a fixed width of up to eight bytes.
    package static func numbers(_ field: Field, _ values: [Int64]) -> Column {
        var builder = FixedBuilder(field: field, rows: values.count)
        let width = field.type.fixedWidth ?? 8
        for value in values {
            var value = value.littleEndian
            _ = unsafe withUnsafeBytes(of: &value) { bytes in
                unsafe builder.append(UnsafeRawBufferPointer(rebasing: bytes[..<width]))
            }
        }
        return builder.finish()
    }
}
