import Coffer

/// Finds what is sensitive in a source.
package struct ClassifyRun: Sendable {
    /// What is read.
    package let place: SourceSpecification.Place
    /// Rows of a sample; nil for all rows.
    package var sample: Int? = 20_000
    /// How sure it must be to be named, from 0 to 1.
    package var threshold = 0.5
    /// Whether masked examples are kept.
    package var keepsExamples = false
    /// Recognizers of the user's own.
    package var recognizers: [OwnRecognizer] = []
    /// What is noted elsewhere of the columns.
    package var hints: [ColumnHint] = []
    private let connectors: Connectors
    private let cancellation: Cancellation

    /// A look at `place`.
    package init(_ place: SourceSpecification.Place, connectors: Connectors, cancellation: Cancellation) {
        self.place = place
        self.connectors = connectors
        self.cancellation = cancellation
    }

    /// Reads and counts.
    package func run(progress: RunProgress) async throws -> ClassifyResult {
        try await Blocking.run { try classified(progress) }
    }

    /// Reads, and hands every value in which something stands to `body`, in the order of the rows.
    package func spans(
        progress: RunProgress, _ body: @escaping @Sendable ([FoundSpans]) throws -> Void
    ) async throws {
        try await Blocking.run { [self] in
            let source = try connectors.source(place)
            cancellation.onCancel { source.cancel() }
            let stream = SampledBatches(try source.open(selection(source).0), sample.map { .rows($0) } ?? .all)
            let look = ColumnLook(stream.schema, own: recognizers, keepsExamples: false)
            var row = 0
            while let batch = try stream.next() {
                try cancellation.check()
                try body(look.spans(in: batch, firstRow: row, own: recognizers, threshold: threshold))
                row += batch.rowCount
                progress.add(batch.rowCount)
            }
            if !stream.rows.isWhole { source.cancel() }
        }
    }

    private func classified(_ progress: RunProgress) throws -> ClassifyResult {
        let source = try connectors.source(place)
        cancellation.onCancel { source.cancel() }
        let (selection, dates) = try selection(source)
        let comments = try source.columnComments().compactMap {
            ColumnHint(column: $0.column, text: $0.comment, origin: "comment")
        }
        if sample == nil { progress.expect(source.expectedRows) }
        let stream = SampledBatches(try source.open(selection), sample.map { .rows($0) } ?? .all)
        let looks = Monitor<[ColumnLook]>([])
        let whole = ColumnLook(stream.schema, own: recognizers, keepsExamples: keepsExamples)
        let conveyor = Conveyor(
            stream,
            Conveyor.Work(schema: stream.schema) { _, _ in
            } transform: { batch, firstRow in
                let look =
                    looks.change { $0.popLast() }
                    ?? ColumnLook(batch.schema, own: recognizers, keepsExamples: keepsExamples)
                try look.look(at: batch, firstRow: firstRow)
                looks.change { $0.append(look) }
                progress.add(batch.rowCount)
                return batch
            }, workers: min(8, Machine.cores))
        cancellation.onCancel { conveyor.fail(Cancellation.error) }
        defer { conveyor.fail(Cancellation.error) }
        do {
            while try conveyor.next() != nil {}
        } catch {
            source.cancel()
            throw cancellation.isCancelled ? Cancellation.error : error
        }
        if !stream.rows.isWhole { source.cancel() }
        for look in looks.change({ $0 }) { whole.merge(look) }
        return ClassifyResult(
            columns: columns(stream.schema, whole, comments + hints), rows: stream.rows.taken, read: stream.rows.read,
            isWhole: stream.rows.isWhole && stream.rows.read == stream.rows.taken, location: source.location,
            name: source.defaultDataset, dates: dates)
    }

    /// CSV is read as texts, so that `007` is looked at as it stands; which columns would be days is found out before.
    private func selection(_ source: any Source) throws -> (Selection, dates: Set<String>) {
        guard case .files(let files) = place, files.format == .csv else { return (Selection(), []) }
        let fields = try source.describe(Selection()).fields
        let days = fields.filter { $0.valueType == .date32 }.map(\.name)
        return (Selection(textColumns: Set(fields.map(\.name))), Set(days))
    }

    private func columns(_ schema: Schema, _ look: ColumnLook, _ hints: [ColumnHint]) -> [ClassifiedColumn] {
        var columns: [ClassifiedColumn] = []
        for (leaf, (path, field)) in schema.leaves.enumerated() {
            columns.append(
                column(
                    path, field, nil, look.counts[leaf], ColumnName.evidence(path, own: recognizers),
                    hints.filter { $0.isAbout(path) }))
            for (jsonPath, counts) in look.documents[leaf]?.paths ?? [] {
                let parts = jsonPath.split(separator: ".").map { $0.filter { $0 != "[" && $0 != "]" } }
                let names = ColumnName.evidence(
                    parts.last ?? path.column, below: parts.count > 1 ? parts[parts.count - 2] : path.column,
                    own: recognizers)
                let found = column(path, field, jsonPath, counts, names, [])
                if !found.classifications.isEmpty { columns.append(found) }
            }
        }
        return columns
    }

    private func column(
        _ path: FieldPath, _ field: Field, _ jsonPath: String?, _ counts: KindCounts,
        _ names: [(kind: UInt8, weight: Double)], _ hints: [ColumnHint]
    ) -> ClassifiedColumn {
        let judgement = ColumnJudgement(
            counts: counts, names: names, hints: hints.map { ($0.kind, $0.origin) }, own: recognizers,
            isText: field.valueType.isText || jsonPath != nil, isFraction: field.isFraction)
        return ClassifiedColumn(
            path: path, jsonPath: jsonPath, type: jsonPath == nil ? field.typeName : "json", values: counts.values,
            nulls: counts.nulls, classifications: judgement.classifications(threshold: threshold), field: field)
    }
}

extension Field {
    /// Whether values are numbers with a fraction.
    fileprivate var isFraction: Bool {
        switch valueType {
        case .float16, .float32, .float64: true
        case .decimal(_, let scale, _): scale > 0
        default: false
        }
    }
}
