/// A constant in place of every value, or null. NULL stays NULL.
struct Redact: Protection {
    let output: Field
    let constant: [UInt8]?

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        guard let constant else { return try output.nulls(column.length) }
        let (size, overflow) = constant.count.multipliedReportingOverflow(by: column.length)
        var builder = try VariableBuilder(
            field: output, rows: column.length, byteCapacity: overflow ? Int.max : size)
        for i in 0..<column.length {
            if column.isNull(i) || rows.row(of: i) < 0 {
                builder.appendNull()
            } else {
                unsafe constant.withUnsafeBytes { bytes in unsafe builder.append(bytes) }
            }
        }
        return try builder.finish()
    }
}

extension Field {
    /// A column of nothing but nulls.
    func nulls(_ rows: Int) throws(PipelineError) -> Column {
        if type == .null { return unsafe Column(field: self, length: rows, nullCount: rows, buffers: [], owner: nil) }
        if type.isVariable {
            var builder = try VariableBuilder(field: self, rows: rows, byteCapacity: 0)
            for _ in 0..<rows { builder.appendNull() }
            return try builder.finish()
        }
        var builder = FixedBuilder(field: self, rows: rows)
        for _ in 0..<rows { builder.appendNull() }
        return builder.finish()
    }
}
