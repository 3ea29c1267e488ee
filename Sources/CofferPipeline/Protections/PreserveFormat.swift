import CofferCrypto

/// Values of the same format as before, equal for equal values of a domain. Without a tag: nobody notices one that was
/// altered.
struct PreserveFormat: Protection {
    let output: Field
    let path: FieldPath
    let canonical: CanonicalText
    let cipher: FormatCipher
    let onMisfit: ProtectionRule.Misfit

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        if output.type == .null { return try output.nulls(column.length) }
        if !output.type.isText { return try integers(column, rows, batch) }
        let values = column.values
        let known = values.totalBytes(rows: column.length)
        var builder = try VariableBuilder(
            field: output, rows: column.length, byteCapacity: canonical.isVerbatim ? known : known * 4)
        var scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        var target = Buffer(unwritten: FormatCipher.room(for: CanonicalText.scratchByteCount))
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if column.isNull(i) || row < 0 {
                builder.appendNull()
                continue
            }
            let value = unsafe values.bytes(at: i)
            if value.count > scratch.byteCount {
                scratch = Buffer(unwritten: value.count * 2)
                target = Buffer(unwritten: FormatCipher.room(for: value.count * 2))
            }
            let text = unsafe canonical.write(value, scratch.start)
            if let count = unsafe cipher.shape.permute(text, into: target.start, decrypts: false) {
                unsafe builder.append(UnsafeRawBufferPointer(start: target.start, count: count))
                continue
            }
            switch onMisfit {
            case .refuse: throw misfit(batch.firstRow + row)
            case .null: builder.appendNull()
            case .encrypt:
                unsafe cipher.seal(misfit: text).withUnsafeBytes { unsafe builder.append($0) }
            }
        }
        return try builder.finish()
    }

    /// A column of integers stays one.
    private func integers(_ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch) throws -> Column {
        guard let shape = cipher.shape as? IntegerShape, case .integer(let width, let isSigned) = canonical.kind else {
            preconditionFailure("the plan checked the type")
        }
        let values = column.values
        var builder = FixedBuilder(field: output, rows: column.length)
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if column.isNull(i) || row < 0 {
                builder.appendNull()
                continue
            }
            if let number = unsafe Int(littleEndian: values.bytes(at: i), isSigned: isSigned),
                let changed = shape.permute(number, decrypts: false)
            {
                var bytes = Int64(changed).littleEndian
                _ = unsafe withUnsafeBytes(of: &bytes) { bytes in
                    unsafe builder.append(UnsafeRawBufferPointer(rebasing: bytes[..<width]))
                }
            } else if onMisfit == .null {
                builder.appendNull()
            } else {
                throw misfit(batch.firstRow + row)
            }
        }
        return builder.finish()
    }

    private func misfit(_ row: Int) -> PipelineError {
        PipelineError(
            .policy, "row \(row + 1), column \(path): the value does not have the format that is to be kept",
            hint: "set on_misfit: null, or on_misfit: encrypt; a value of an alphabet needs enough characters for a "
                + "million like it, unless allow_small_domain: true")
    }
}

/// Decrypts values that kept their format.
struct FormatOpener: Opener {
    let leaf: RevealPlan.Leaf
    /// Nil where the domain's key may not be had.
    let cipher: FormatCipher?

    func open(_ column: Column, rows: RowIndex, in batch: RevealedBatch) throws -> Column {
        if leaf.output.type == .null { return try leaf.output.nulls(column.length) }
        guard let written = CanonicalText(column.field), let canonical = CanonicalText(leaf.output) else {
            throw Catalogue.malformed
        }
        let values = column.values
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        var text = Buffer(unwritten: FormatCipher.room(for: CanonicalText.scratchByteCount))
        return try unsafe ValueWriter.write(leaf, column, rows, batch, growth: 4) { i, _, target in
            guard let cipher else { return nil }
            let value = unsafe written.write(values.bytes(at: i), scratch.start)
            if FormatCipher.room(for: value.count) > text.byteCount {
                text = Buffer(unwritten: FormatCipher.room(for: value.count))
            }
            var count = unsafe cipher.shape.permute(value, into: text.start, decrypts: true)
            if count == nil, let misfit = unsafe cipher.open(misfit: value) {
                count = misfit.count
                unsafe misfit.withUnsafeBytes { bytes in
                    if let start = bytes.baseAddress {
                        unsafe text.start.copyMemory(from: start, byteCount: bytes.count)
                    }
                }
            }
            guard let count else { return nil }
            let plain = unsafe UnsafeRawBufferPointer(start: text.start, count: count)
            guard canonical.isVerbatim else { return unsafe canonical.read(plain, into: target) }
            if leaf.output.type.isText, unsafe String(validating: plain, as: UTF8.self) == nil { return nil }
            unsafe target.copyMemory(from: text.start, byteCount: count)
            return count
        }
    }
}

extension Int {
    /// A number of one to eight bytes; nil where it is beyond 63 bits.
    init?(littleEndian bytes: UnsafeRawBufferPointer, isSigned: Bool) {
        switch (bytes.count, isSigned) {
        case (8, true): self = Int(unsafe Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
        case (4, true): self = Int(unsafe Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
        case (2, true): self = Int(unsafe Int16(littleEndian: bytes.loadUnaligned(as: Int16.self)))
        case (1, true): self = Int(unsafe bytes.load(as: Int8.self))
        case (8, false):
            guard let number = unsafe Int(exactly: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))) else {
                return nil
            }
            self = number
        case (4, false): self = Int(unsafe UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        case (2, false): self = Int(unsafe UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        case (1, false): self = Int(unsafe bytes.load(as: UInt8.self))
        default: return nil
        }
    }
}
