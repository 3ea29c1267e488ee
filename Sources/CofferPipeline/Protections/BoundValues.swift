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
@safe struct AdditionalData {
    private struct Part {
        let source: BoundValues.Source
        let column: Column
        let values: LeafValues
        /// lp(name) ‖ lp(type).
        let prefix: [UInt8]
    }

    private let parts: [Part]
    private var buffer: Buffer
    private var count: Int
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
        (fixedCount, count) = (bytes.count, bytes.count)
        buffer = Buffer(unwritten: 512)
        for (i, byte) in bytes.enumerated() {
            unsafe buffer.start.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
        }
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
            unsafe buffer.start.storeBytes(of: segment.bigEndian, toByteOffset: segmentAt, as: UInt64.self)
        }
        return parts.isEmpty || row == self.row || append(row)
    }

    private mutating func append(_ row: Int) -> Bool {
        count = fixedCount
        self.row = -1
        for part in parts {
            guard !part.column.isNull(row) else { return false }
            let value = unsafe part.values.bytes(at: row)
            reserve(part.prefix.count + 4 + max(value.count, CanonicalText.scratchByteCount))
            unsafe part.prefix.withUnsafeBytes { prefix in
                unsafe (buffer.start + count).copyMemory(from: prefix.baseAddress!, byteCount: prefix.count)
            }
            count += part.prefix.count
            // A text that has to be written is written where it belongs; one that is the value itself is copied there.
            let target = unsafe buffer.start + count + 4
            let text = unsafe part.source.canonical.write(value, target)
            var length = text.count
            if part.source.isForeign {
                guard let own = unsafe part.source.bound.type.normalized(text) else { return false }
                reserve(4 + own.count)
                length = own.count
                unsafe own.withUnsafeBytes { own in
                    guard let start = own.baseAddress else { return }
                    unsafe (buffer.start + count + 4).copyMemory(from: start, byteCount: own.count)
                }
            } else if part.source.canonical.isVerbatim, let start = text.baseAddress {
                unsafe target.copyMemory(from: start, byteCount: length)
            }
            unsafe buffer.start.storeBytes(of: UInt32(length).bigEndian, toByteOffset: count, as: UInt32.self)
            count += 4 + length
        }
        self.row = row
        return true
    }

    /// Makes room for `more` bytes.
    private mutating func reserve(_ more: Int) {
        guard count + more > buffer.byteCount else { return }
        let larger = Buffer(unwritten: (count + more) * 2)
        unsafe larger.start.copyMemory(from: buffer.start, byteCount: count)
        buffer = larger
    }

    /// The bound column that is null in `row`, for an error.
    func nullColumn(_ row: Int) -> String? { parts.first { $0.column.isNull(row) }?.source.bound.name }

    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: buffer.start, count: count))
    }
}
