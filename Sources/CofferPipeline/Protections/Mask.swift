/// Hides all Unicode scalars but some at the beginning and the end, each behind one character.
///
/// A value with no more scalars than are kept is hidden whole: nothing short shows itself in full. How many scalars a
/// value has stays visible. Values of other types than text are masked in their canonical text.
struct Mask: Protection {
    let output: Field
    let rule: ProtectionRule.Mask
    let canonical: CanonicalText
    private let character: [UInt8]

    init(output: Field, rule: ProtectionRule.Mask, canonical: CanonicalText) {
        self.output = output
        self.rule = rule
        self.canonical = canonical
        character = Array(String(Character(rule.character)).utf8)
    }

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let values = column.values
        let mayBeNull = column.nullCount != 0 || rows.rows != nil || column.dictionary != nil
        var builder = try VariableBuilder(
            field: output, rows: column.length,
            byteCapacity: values.totalBytes(rows: column.length) * max(1, canonical.isVerbatim ? character.count : 4))
        unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount, alignment: 8) { scratch in
            let scratch = scratch.baseAddress!
            for i in 0..<column.length {
                if mayBeNull, column.isNull(i) || rows.row(of: i) < 0 {
                    builder.appendNull()
                    continue
                }
                let text = unsafe canonical.write(values.bytes(at: i), scratch)
                if character.count == 1, unsafe text.isASCII {
                    unsafe builder.append(count: text.count) { unsafe maskASCII(text, into: $0) }
                } else {
                    unsafe mask(text).withUnsafeBytes { masked in unsafe builder.append(masked) }
                }
            }
        }
        return try builder.finish()
    }

    @inline(__always)
    private func maskASCII(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        let count = text.count
        guard let source = text.baseAddress else { return }
        unsafe target.initializeMemory(as: UInt8.self, repeating: character[0], count: count)
        guard count > rule.keepFirst + rule.keepLast else { return }
        unsafe target.copyMemory(from: source, byteCount: rule.keepFirst)
        let end = count - rule.keepLast
        unsafe (target + end).copyMemory(from: source + end, byteCount: rule.keepLast)
    }

    /// Any text: scalars counted, not bytes.
    private func mask(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        let scalars = unsafe Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        let isShort = scalars.count <= rule.keepFirst + rule.keepLast
        var masked: [UInt8] = []
        for (i, scalar) in scalars.enumerated() {
            if !isShort, i < rule.keepFirst || i >= scalars.count - rule.keepLast {
                masked += UTF8.encode(scalar)!
            } else {
                masked += character
            }
        }
        return masked
    }
}

extension UnsafeRawBufferPointer {
    /// Whether no byte is over 0x7f; eight at a time.
    fileprivate var isASCII: Bool {
        @inline(__always) get {
            guard let start = baseAddress else { return true }
            var at = 0
            var seen: UInt64 = 0
            while at + 8 <= count {
                unsafe seen |= start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                at += 8
            }
            while at < count {
                seen |= UInt64(unsafe start.load(fromByteOffset: at, as: UInt8.self))
                at += 1
            }
            return seen & 0x8080_8080_8080_8080 == 0
        }
    }
}
