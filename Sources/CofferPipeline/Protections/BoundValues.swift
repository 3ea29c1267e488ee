import Coffer

/// Where the values that cells are bound to stand in a batch, and what their texts are.
struct BoundValues: Sendable {
    /// A bound column of the schema at hand.
    struct Source: Sendable {
        let bound: Catalogue.Bound
        /// Its position among the batch's columns.
        let position: Int
        let canonical: CanonicalText
        /// Whether the column at hand is of another class than the one that was written, so that its text is read again.
        let isForeign: Bool
    }

    let sources: [Source]

    /// Finds the bound columns in `schema`; nil where one is missing or has no exact text there.
    init?(_ bind: [Catalogue.Bound], schema: Schema) {
        var sources: [Source] = []
        for bound in bind {
            guard let position = schema.index(of: bound.name), let canonical = CanonicalText(schema.fields[position])
            else { return nil }
            let isForeign = BoundClass(schema.fields[position]) != bound.type
            sources.append(
                Source(bound: bound, position: position, canonical: canonical, isForeign: isForeign))
        }
        self.sources = sources
    }
}

/// The additional data of cells, one row after the other in one buffer: lp(format) ‖ version ‖ segment ‖ u16 n ‖
/// (lp(name) ‖ lp(type) ‖ lp(value))… (docs/specs/field-encryption.md, 4.4).
struct AdditionalData {
    private struct Part {
        let source: BoundValues.Source
        let column: Column
        let values: LeafValues
        /// lp(name) ‖ lp(type).
        let prefix: [UInt8]
    }

    private let parts: [Part]
    private var bytes: [UInt8]
    private let fixedCount: Int
    private let segmentAt: Int
    private var row = -1
    private var segment: UInt64 = 0

    init(_ bound: BoundValues, _ batch: RecordBatch) {
        var bytes: [UInt8] = []
        bytes.append(prefixed: FieldFormat.name)
        bytes.append(FieldFormat.randomized)
        segmentAt = bytes.count
        bytes += [UInt8](repeating: 0, count: 8)
        bytes.append(bigEndian: UInt16(bound.sources.count))
        fixedCount = bytes.count
        self.bytes = bytes
        parts = bound.sources.map { source in
            var prefix: [UInt8] = []
            prefix.append(prefixed: source.bound.name)
            prefix.append(prefixed: source.bound.type.rawValue)
            let column = batch.columns[source.position]
            return Part(source: source, column: column, values: column.values, prefix: prefix)
        }
    }

    /// Makes the bytes those of `row` in `segment`. False where a bound value is null or can't be read as what it was.
    @inline(__always)
    mutating func move(to row: Int, segment: UInt64) -> Bool {
        if segment != self.segment {
            self.segment = segment
            for (i, byte) in segment.bigEndianBytes.enumerated() { bytes[segmentAt + i] = byte }
        }
        return parts.isEmpty || row == self.row || append(row)
    }

    private mutating func append(_ row: Int) -> Bool {
        bytes.removeSubrange(fixedCount...)
        self.row = -1
        for part in parts {
            guard !part.column.isNull(row) else { return false }
            bytes += part.prefix
            let isWritten = unsafe withUnsafeTemporaryAllocation(
                byteCount: CanonicalText.scratchByteCount, alignment: 8
            ) { scratch in
                let text = unsafe part.source.canonical.write(part.values.bytes(at: row), scratch.baseAddress!)
                if part.source.isForeign {
                    guard let own = unsafe part.source.bound.type.normalized(text) else { return false }
                    bytes.append(prefixed: own)
                } else {
                    bytes.append(bigEndian: UInt32(text.count))
                    unsafe bytes.append(contentsOf: text)
                }
                return true
            }
            guard isWritten else { return false }
        }
        self.row = row
        return true
    }

    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes { unsafe body($0) }
    }
}
