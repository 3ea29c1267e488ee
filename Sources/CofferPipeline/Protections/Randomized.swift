import CofferCrypto

/// Cells that are different each time: version ‖ segment ‖ nonce ‖ ciphertext ‖ tag, bound to column, dataset and type,
/// and with `bind` to other values of the row.
struct Randomized: Protection {
    /// Where a column's key comes from.
    enum KeySource: Sendable {
        case shared(OpenDataKey)
        /// A key a row; the position of the group.
        case tenants(Int)
    }

    let output: Field
    let path: FieldPath
    let bound: BoundValues
    let keys: KeySource
    /// The column's position in its group.
    let position: Int
    let randomness: Randomness

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        if column.field.valueType == .null || batch.batch.rowCount == 0 { return try output.nulls(column.length) }
        switch keys {
        case .shared(let key):
            let segment = try key.reserve(column.length)
            return try seal(column, rows, batch) { _ in segment }
        case .tenants(let group):
            guard let resolved = batch.tenants[group] else {
                preconditionFailure("a batch is prepared before it is protected")
            }
            let segments = try resolved.keys.map { try $0.reserve(column.length) }
            return try seal(column, rows, batch) { row in segments[Int(resolved.rows[row])] }
        }
    }

    @inline(__always)
    private func seal(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ segment: (Int) -> SegmentKeys
    ) throws -> Column {
        let values = column.values
        let count = column.length
        var writer = try CellWriter(
            field: output, rows: count, byteCount: values.totalBytes(rows: count),
            overhead: FieldFormat.randomizedOverhead)
        var additional = AdditionalData(bound, batch.batch)
        // All nonces of the batch at once, and none kept: a pool would repeat itself in a forked process.
        let nonces = randomness.bytes(count * AEAD.nonceByteCount)
        let mayBeNull = column.nullCount != 0 || column.dictionary != nil
        var last = segment(0)
        var cipher = last.cipher(position)
        try unsafe nonces.withUnsafeBytes { nonces in
            for i in 0..<count {
                let row = rows.row(of: i)
                if row < 0 || mayBeNull && column.isNull(i) {
                    writer.appendNull()
                    continue
                }
                let current = segment(row)
                if current !== last {
                    last = current
                    cipher = last.cipher(position)
                }
                guard additional.move(to: row, segment: last.id) else { throw unbound(row, additional, batch) }
                let value = unsafe values.bytes(at: i)
                let nonce = unsafe nonces.baseAddress! + i * AEAD.nonceByteCount
                let isSealed = unsafe additional.withBytes { additional in
                    var isSealed = false
                    unsafe writer.append(count: value.count + FieldFormat.randomizedOverhead) { cell in
                        unsafe cell.storeBytes(of: FieldFormat.randomized, as: UInt8.self)
                        unsafe cell.storeBytes(of: last.id.bigEndian, toByteOffset: 1, as: UInt64.self)
                        unsafe (cell + 9).copyMemory(from: nonce, byteCount: AEAD.nonceByteCount)
                        isSealed = unsafe cipher.seal(
                            value, nonce: nonce, additionalData: additional, into: cell + 21)
                    }
                    return isSealed
                }
                guard isSealed else { throw tooLong(batch.firstRow + row) }
            }
        }
        return try writer.finish()
    }

    private func unbound(_ row: Int, _ additional: AdditionalData, _ batch: ProtectedBatch) -> PipelineError {
        PipelineError(
            .policy,
            "row \(batch.firstRow + row + 1), column \(path): \(additional.nullColumn(row) ?? ""), which it is bound to, "
                + "is null",
            hint: "bind to columns that are never null, or filter those rows in a query:")
    }

    private func tooLong(_ row: Int) -> PipelineError {
        PipelineError(.tooLarge, "row \(row + 1), column \(path): the value is too long to be encrypted")
    }
}
