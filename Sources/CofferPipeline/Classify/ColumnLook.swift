/// What one thread has seen of the columns: a tally for every leaf, and the scanner it looks with.
final class ColumnLook {
    private var scanner: TextScanner
    private let schema: Schema
    private let paths: [FieldPath]
    private let texts: [CanonicalText?]
    private let kinds: Int
    private let keepsExamples: Bool
    private(set) var counts: [KindCounts]
    private(set) var documents: [JSONPaths?]
    private let scratch = Buffer(byteCount: CanonicalText.scratchByteCount)

    init(_ schema: Schema, own: [OwnRecognizer], keepsExamples: Bool) {
        self.schema = schema
        self.keepsExamples = keepsExamples
        let leaves = schema.leaves
        paths = leaves.map(\.path)
        texts = leaves.map { leaf in
            let type = leaf.field.valueType
            if type == .bool || type == .null { return nil }
            return leaf.field.valueExtension == "arrow.uuid" ? nil : CanonicalText(leaf.field)
        }
        kinds = Entity.allCases.count + own.count
        counts = leaves.map { [kinds] _ in KindCounts(kinds: kinds) }
        documents = leaves.map { _ in nil }
        scanner = TextScanner(own: own.enumerated().compactMap { OwnPattern($1, number: $0) })
    }

    /// Looks at every value of `batch`, the first row of which is number `firstRow`.
    func look(at batch: RecordBatch, firstRow: Int) throws {
        _ = try batch.replacing(paths, schema: schema) { leaf, column, rows in
            look(at: column, leaf, rows, firstRow)
            return column
        }
    }

    private func look(at column: Column, _ leaf: Int, _ rows: RowIndex, _ firstRow: Int) {
        let values = column.values
        var nulls = 0
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if row < 0 { continue }
            if column.isNull(i) {
                nulls += 1
                continue
            }
            guard let text = texts[leaf] else {
                counts[leaf].addValue()
                continue
            }
            let bytes = unsafe text.write(values.bytes(at: i), scratch.start)
            if bytes.count == 0 {
                nulls += 1
                continue
            }
            let span = unsafe Span<UInt8>(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
            look(at: span, leaf, text.isVerbatim, firstRow + row)
        }
        counts[leaf].addNulls(nulls)
    }

    private func look(at text: Span<UInt8>, _ leaf: Int, _ isText: Bool, _ row: Int) {
        if isText, JSONPaths.mayBe(text) {
            var paths = documents[leaf] ?? JSONPaths(kinds: kinds)
            documents[leaf] = nil
            defer { documents[leaf] = paths }
            if paths.add(text, &scanner, row: row, keepsExamples: keepsExamples) {
                counts[leaf].addValue()
                return
            }
        }
        scanner.scan(text)
        counts[leaf].add(text, scanner, row: row, keepsExamples: keepsExamples)
    }

    /// The places in every text of `batch`, row by row.
    func spans(
        in batch: RecordBatch, firstRow: Int, own: [OwnRecognizer], threshold: Double
    ) throws -> [FoundSpans] {
        var all: [FoundSpans] = []
        _ = try batch.replacing(paths, schema: schema) { leaf, column, rows in
            guard let text = texts[leaf], text.isVerbatim else { return column }
            let values = column.values
            for i in 0..<column.length where rows.row(of: i) >= 0 && !column.isNull(i) {
                let bytes = unsafe values.bytes(at: i)
                let span = unsafe Span<UInt8>(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
                scanner.scan(span)
                let row = firstRow + rows.row(of: i) + 1
                if let spans = FoundSpans(
                    scanner.found, in: span, row: row, column: paths[leaf], own: own, threshold: threshold)
                {
                    all.append(spans)
                }
            }
            return column
        }
        return all.sorted { $0.row < $1.row }
    }

    /// Adds what another thread has seen.
    func merge(_ other: ColumnLook) {
        for leaf in counts.indices {
            counts[leaf].merge(other.counts[leaf])
            if let theirs = other.documents[leaf] {
                var mine = documents[leaf] ?? JSONPaths(kinds: kinds)
                mine.merge(theirs)
                documents[leaf] = mine
            }
        }
    }
}
