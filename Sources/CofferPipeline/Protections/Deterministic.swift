import CofferCrypto

/// Cells that are equal for equal values of a domain: version ‖ check value of the domain's key ‖ SIV ‖ ciphertext of the
/// canonical text. Which values are equal, and how long they are, stays visible.
struct Deterministic: Protection {
    let output: Field
    let canonical: CanonicalText
    let key: AESSIV
    /// Version and check value: how every cell begins.
    let header: [UInt8]

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let values = column.values
        let known = values.totalBytes(rows: column.length)
        var writer = try CellWriter(
            field: output, rows: column.length, byteCount: canonical.isVerbatim ? known : known * 4,
            overhead: FieldFormat.deterministicOverhead)
        let (header, headerCount) = (header, header.count)
        unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount, alignment: 8) { scratch in
            let scratch = scratch.baseAddress!
            unsafe header.withUnsafeBytes { header in
                for i in 0..<column.length {
                    if column.isNull(i) || rows.row(of: i) < 0 {
                        writer.appendNull()
                        continue
                    }
                    let text = unsafe canonical.write(values.bytes(at: i), scratch)
                    unsafe writer.append(count: text.count + FieldFormat.deterministicOverhead) { target in
                        unsafe target.copyMemory(from: header.baseAddress!, byteCount: headerCount)
                        unsafe key.seal(text, into: target + headerCount)
                    }
                }
            }
        }
        return try writer.finish()
    }
}
