import CofferCrypto

/// A pseudonym: 16 bytes of HMAC-SHA-256 over the canonical text, as base64url. Equal values have equal ones in a domain.
struct Hash: Protection {
    let output: Field
    let canonical: CanonicalText
    let key: HMAC

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let values = column.values
        let count = Base64URL.encodedCount(FieldFormat.pseudonymByteCount)
        var builder = try VariableBuilder(field: output, rows: column.length, byteCapacity: count * column.length)
        let size = CanonicalText.scratchByteCount + 64
        unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { scratch in
            let digest = scratch.baseAddress!
            for i in 0..<column.length {
                if column.isNull(i) || rows.row(of: i) < 0 {
                    builder.appendNull()
                    continue
                }
                let text = unsafe canonical.write(values.bytes(at: i), digest + 64)
                unsafe key.authenticate(text, into: digest)
                unsafe builder.append(count: count) { target in
                    unsafe Base64URL.encode(
                        UnsafeRawBufferPointer(start: digest, count: FieldFormat.pseudonymByteCount), into: target)
                }
            }
        }
        return try builder.finish()
    }
}
