import CofferCrypto

/// Turns a leaf's cells into the values they were made from.
protocol Opener: Sendable {
    /// The revealed column, as long as `column`.
    func open(_ column: Column, rows: RowIndex, in batch: RevealedBatch) throws -> Column
}

/// Opens randomized cells.
struct RandomizedOpener: Opener {
    let leaf: RevealPlan.Leaf
    /// The column's position among those with segments.
    let position: Int

    func open(_ column: Column, rows: RowIndex, in batch: RevealedBatch) throws -> Column {
        if leaf.output.type == .null { return try leaf.output.nulls(column.length) }
        let reader = CellReader(column)
        var additional = AdditionalData(leaf.bound, batch.batch)
        var last: (id: UInt64, cipher: AEAD)?
        return try unsafe ValueWriter.write(leaf, column, rows, batch) { i, row, target in
            guard let cell = unsafe reader.cell(at: i), cell.count >= FieldFormat.randomizedOverhead,
                unsafe cell[0] == FieldFormat.randomized
            else { return nil }
            let id = UInt64(bigEndian: unsafe cell.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            if last?.id != id {
                guard let keys = batch.segments[id]?.ciphers else { return nil }
                last = (id, keys.cipher(position))
            }
            guard let cipher = last?.cipher, additional.move(to: row, segment: id) else { return nil }
            let sealed = unsafe UnsafeRawBufferPointer(rebasing: cell[21...])
            let nonce = unsafe cell.baseAddress! + 9
            let isOpen = unsafe additional.withBytes { additional in
                unsafe cipher.open(sealed, nonce: nonce, additionalData: additional, into: target)
            }
            return isOpen ? sealed.count - AEAD.tagByteCount : nil
        }
    }
}

/// Opens deterministic cells.
struct DeterministicOpener: Opener {
    let leaf: RevealPlan.Leaf
    /// Nil where the domain's key may not be had.
    let key: AESSIV?
    let header: [UInt8]

    func open(_ column: Column, rows: RowIndex, in batch: RevealedBatch) throws -> Column {
        if leaf.output.type == .null { return try leaf.output.nulls(column.length) }
        let reader = CellReader(column)
        guard let canonical = CanonicalText(leaf.output) else { throw Catalogue.malformed }
        let isText = leaf.output.type.isText
        var text = [UInt8](repeating: 0, count: 64)
        return try unsafe ValueWriter.write(leaf, column, rows, batch) { i, _, target in
            guard let key, let cell = unsafe reader.cell(at: i), cell.count >= FieldFormat.deterministicOverhead,
                unsafe cell.prefix(9).elementsEqual(header)
            else { return nil }
            let sealed = unsafe UnsafeRawBufferPointer(rebasing: cell[9...])
            let count = sealed.count - AESSIV.tagByteCount
            if canonical.isVerbatim {
                guard unsafe key.open(sealed, into: target) else { return nil }
                // Cells of a domain are not bound to a type: bytes may stand where the catalogue says text.
                let value = unsafe UnsafeRawBufferPointer(start: target, count: count)
                guard isText else { return count }
                return unsafe String(validating: value, as: UTF8.self) == nil ? nil : count
            }
            if text.count < count { text = [UInt8](repeating: 0, count: count) }
            return unsafe text.withUnsafeMutableBytes { text in
                guard unsafe key.open(sealed, into: text.baseAddress!) else { return nil }
                return unsafe canonical.read(UnsafeRawBufferPointer(rebasing: text[..<count]), into: target)
            }
        }
    }
}

/// Builds a column of revealed values of whatever type.
enum ValueWriter {
    /// Asks `value` for each element that isn't null: it writes the value's bytes to memory that has room for a cell's and
    /// returns their number, or nil where the cell does not open. With `room` there is room for as many bytes instead.
    @inline(__always)
    static func write(
        _ leaf: RevealPlan.Leaf, _ column: Column, _ rows: RowIndex, _ batch: RevealedBatch, growth: Int = 1,
        room: Int? = nil, _ value: (_ element: Int, _ row: Int, _ target: UnsafeMutableRawPointer) -> Int?
    ) throws -> Column {
        let values = column.values
        var longest = 64
        for i in 0..<column.length where !column.isNull(i) {
            longest = max(longest, unsafe values.bytes(at: i).count)
        }
        let scratch = Buffer(unwritten: room ?? longest * growth)
        var output = try AnyBuilder(
            leaf.output, rows: column.length, byteCapacity: values.totalBytes(rows: column.length))
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if row < 0 || column.isNull(i) {
                output.appendNull()
                continue
            }
            if let count = unsafe value(i, row, scratch.start),
                unsafe output.append(UnsafeRawBufferPointer(start: scratch.start, count: count))
            {
                continue
            }
            guard case .null = batch.onFailure else { throw batch.refusal(leaf.path, row) }
            output.appendNull()
        }
        return try output.finish()
    }
}

/// A builder for whatever a leaf's type is.
private struct AnyBuilder: ~Copyable {
    private var variable: VariableBuilder?
    private var fixed: FixedBuilder?

    init(_ field: Field, rows: Int, byteCapacity: Int) throws(PipelineError) {
        if field.type.isVariable {
            variable = try VariableBuilder(field: field, rows: rows, byteCapacity: byteCapacity)
            fixed = nil
        } else {
            fixed = FixedBuilder(field: field, rows: rows)
            variable = nil
        }
    }

    mutating func appendNull() {
        variable?.appendNull()
        fixed?.appendNull()
    }

    /// False where the bytes are no value of the type.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if variable != nil {
            unsafe variable?.append(bytes)
            return true
        }
        return unsafe fixed?.append(bytes) ?? false
    }

    consuming func finish() throws(PipelineError) -> Column {
        if let variable = variable.take() { return try variable.finish() }
        guard let fixed = fixed.take() else { preconditionFailure("a builder is of one kind") }
        return fixed.finish()
    }
}
