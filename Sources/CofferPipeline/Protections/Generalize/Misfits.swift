/// What becomes of values that can't be taken, and the loops over those that can.
struct Misfits: Sendable {
    let path: FieldPath
    let areNull: Bool

    /// An error that names the place, unless such values become null.
    func check(_ row: Int, _ batch: ProtectedBatch) throws(PipelineError) {
        if areNull { return }
        throw PipelineError(
            .policy,
            "row \(batch.firstRow + row + 1), column \(path): the value can't be generalized as the policy says",
            hint: "set on_misfit: null, or filter or correct such rows in a query:")
    }

    /// A column of texts. `write` appends that of a value, given its bytes and its row, or says false of one that can't be
    /// taken; null stays null.
    @inline(__always)
    func texts(
        _ output: Field, _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, byteCapacity: Int,
        _ write: (UnsafeRawBufferPointer, Int, inout VariableBuilder) throws -> Bool
    ) throws -> Column {
        try unsafe fill(
            VariableBuilder(field: output, rows: column.length, byteCapacity: byteCapacity), column, rows, batch, write)
    }

    /// A column of fixed width, likewise.
    @inline(__always)
    func fixed(
        _ output: Field, _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch,
        _ write: (UnsafeRawBufferPointer, Int, inout FixedBuilder) throws -> Bool
    ) throws -> Column {
        try unsafe fill(FixedBuilder(field: output, rows: column.length), column, rows, batch, write)
    }

    @inline(__always)
    private func fill<Builder: ColumnBuilder & ~Copyable>(
        _ new: consuming Builder, _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch,
        _ write: (UnsafeRawBufferPointer, Int, inout Builder) throws -> Bool
    ) throws -> Column {
        let values = column.values
        let mayBeNull = column.nullCount != 0 || rows.rows != nil || column.dictionary != nil
        var builder = new
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if mayBeNull, column.isNull(i) || row < 0 {
                builder.appendNull()
            } else if try unsafe !write(values.bytes(at: i), row, &builder) {
                try check(row, batch)
                builder.appendNull()
            }
        }
        return try builder.finish()
    }
}

/// What a column is built with, row by row.
private protocol ColumnBuilder: ~Copyable {
    mutating func appendNull()
    consuming func finish() throws(PipelineError) -> Column
}

extension VariableBuilder: ColumnBuilder {}
extension FixedBuilder: ColumnBuilder {}
