package import Coffer
import Synchronization

/// One table on its way: read, protected, written whole or not at all.
package struct TableRun: Sendable {
    /// What is moved.
    package let table: TablePipeline
    /// The pipeline's name, for the memory of loads.
    package let pipeline: String
    private let connectors: Connectors
    private let cancellation: Cancellation

    /// A run of one table.
    package init(_ table: TablePipeline, pipeline: String, connectors: Connectors, cancellation: Cancellation) {
        self.table = table
        self.pipeline = pipeline
        self.connectors = connectors
        self.cancellation = cancellation
    }

    /// What a run would do: the real source's columns under the policy. Writes nothing.
    /// A release is worked out, which takes reading the source once.
    package func plan() throws -> (plan: FieldPlan, release: ReleaseDecision?) {
        let source = try connectors.source(table.source.place)
        cancellation.onCancel { source.cancel() }
        let (plan, release, _) = try released(source)
        return (plan, release)
    }

    /// Runs it.
    /// - Parameters:
    ///   - keys: called only if the policy needs a key.
    ///   - progress: kept up to date while it runs.
    package func run(
        keys: @Sendable () async throws -> any KeyManagementService & KeyUses, progress: RunProgress
    ) async throws -> RunSummary {
        let start = ContinuousClock.now
        let source = try await Blocking.run { try connectors.source(table.source.place) }
        cancellation.onCancel { source.cancel() }
        var (plan, release, selection) = try await Blocking.run { try released(source) }
        let destination = try await Blocking.run { try connectors.destination(table.destination.place) }
        cancellation.onCancel { destination.cancel() }
        let runs = isNarrowed ? try await Blocking.run { try destination.runs() } : nil
        let (isUpToDate, narrowed) = try await Blocking.run { [selection] in
            try narrow(selection, source, runs ?? [])
        }
        selection = narrowed
        if !isUpToDate, !selection.except.isEmpty {
            // Fewer files may have fewer columns, or other types.
            plan = try await Blocking.run { [except = selection.except] in
                try planned(source, table.policy, but: except).plan
            }
        }
        let summary = Summary(
            plan: plan, release: release, source: source.location, destination: destination.location, start: start)
        if isUpToDate { return summary.finished(rows: 0, session: nil, isUpToDate: true) }

        let service: (any KeyManagementService & KeyUses)? = plan.needsKeys ? try await keys() : nil
        let isReplaced = table.destination.mode == .replace
        let existing = try await Blocking.run { [dataset = plan.dataset] in
            // A table that is written anew needs nothing of a damaged catalogue.
            let all = try destination.catalogues()
            let record = all.first { $0.dataset == dataset }
            if !isReplaced, record == nil, let other = all.first {
                throw PipelineError(
                    .policy,
                    "the rows in \(destination.location) belong to the dataset \(other.dataset), not to \(dataset)",
                    hint: "set dataset: \(other.dataset), or write to another table")
            }
            return isReplaced
                ? record.flatMap { try? Catalogue(decoding: $0.document) }
                : try record.map { try Catalogue(decoding: $0.document) }
        }
        var tokens: TokenRun?
        if plan.needsVault, let service {
            let vault = try await Blocking.run { try connectors.vault(table.vault, creates: true) }
            tokens = TokenRun(vault, uses: service, now: Process.clock)
        }
        let session = try await plan.begin(
            keys: service ?? NoKeys(), catalogue: existing, mode: isReplaced ? .replace : .extend, tokens: tokens)
        let before = existing?.keyUse(location: destination.location)
        var load = Load(
            mode: table.destination.mode, evolve: table.destination.evolves,
            run: RunRecord(
                id: RunID.make(), pipeline: pipeline, finishedAt: Timestamp.now(),
                cursor: selection.cursor.map { mark(source, $0.column).text(through: $0.through) }),
            catalogueID: service == nil && release == nil ? nil : session.catalogueID
        ) { [cancellation, release, dataset = plan.dataset] current in
            try cancellation.check()
            try source.verifyUnchanged()
            try release?.gate.verify()
            let now = isReplaced ? nil : current.first { $0.dataset == dataset }
            let there = try now.map { try Catalogue(decoding: $0.document) }
            // Without keys there is something to remember only of a release, or to forget: other rows come to its own.
            guard service != nil || release != nil || there?.release != nil else { return nil }
            try session.commitTokens()
            var catalogue = try there.map { try session.catalogue(onto: $0) } ?? session.catalogue()
            catalogue.release = release?.recorded
            if let service {
                // Known to the key store before the load commits; what only the old table needed is forgotten after it.
                let use = catalogue.keyUse(location: destination.location).united(with: before)
                try Blocking.wait { try await service.record(use) }
            }
            return CatalogueRecord(dataset: catalogue.dataset, id: catalogue.id, document: try catalogue.encode())
        }
        load.seenRuns = runs?.map(\.id)
        let rows = try await write(source, selection, plan, release?.gate, session, destination, load, progress)
        if isReplaced, let service { try await destination.recordUse(of: plan.dataset, in: service) }
        return summary.finished(rows: rows, session: service == nil ? nil : session, isUpToDate: false)
    }

    /// The plan with the levels of a release, where there is one.
    private func released(
        _ source: any Source
    ) throws -> (plan: FieldPlan, release: ReleaseDecision?, selection: Selection) {
        let (plan, selection) = try planned(source, table.policy, but: [])
        guard let rule = table.release else { return (plan, nil, selection) }
        try rule.check(plan)
        try source.hold()
        var decision = try ReleaseDecision(
            rule, source, textColumns: selection.textColumns, engine: connectors.engine, cancellation)
        decision.uncounted = plan.kept.filter { !rule.columns.contains($0) }
        let final = try planned(source, rule.policy(table.policy, at: decision.levels), but: [])
        return (final.plan, decision, final.selection)
    }

    /// The plan for the columns that the source has, and what is read of it.
    private func planned(
        _ source: any Source, _ policy: FieldPolicy, but except: Set<LoadedFile>
    ) throws -> (plan: FieldPlan, selection: Selection) {
        var selection = Selection(except: except)
        // The columns of a release are read in one way, at whatever level they will be.
        selection.textColumns = Set(
            policy.rules.filter { $0.protection != .keep && $0.path.steps.isEmpty }.map(\.path.column)
                + (table.release?.quasi.map(\.column) ?? []))
        let schema = try source.describe(selection)
        guard let dataset = table.dataset ?? table.name ?? source.datasetAfter(table.destination) else {
            throw PipelineError(.policy, "the data has no name to be bound to", hint: "set dataset: NAME")
        }
        var primaryKey: [String] = []
        if case .merge(let key) = table.destination.mode { primaryKey = key }
        let plan = try FieldPlan(
            policy, schema: schema, dataset: dataset, cells: table.destination.cells, primaryKey: primaryKey)
        try refuseLikeNames(plan)
        return (plan, selection)
    }

    /// The engine and SQLite would take `A` and `a` for one column, and rename the second.
    private func refuseLikeNames(_ plan: FieldPlan) throws(PipelineError) {
        if case .database(.postgres, _) = table.destination.place { return }
        var seen: [String: String] = [:]
        for name in plan.outputSchema.fields.map(\.name) {
            guard let other = seen.updateValue(name, forKey: name.lowercased()) else { continue }
            throw PipelineError(
                .policy, "the columns \(other) and \(name) differ in case only, which is one name in the destination",
                hint: "rename one in the source with query:, or drop it")
        }
    }

    /// Whether only what is new is read.
    private var isNarrowed: Bool { table.source.newOnly || table.source.cursor != nil }

    private func mark(_ source: any Source, _ column: String) -> CursorMark {
        CursorMark(source: source.location, column: column)
    }

    /// Leaves out what earlier runs have loaded. True where nothing is left.
    private func narrow(
        _ selection: Selection, _ source: any Source, _ runs: [RunRecord]
    ) throws -> (isUpToDate: Bool, Selection) {
        var selection = selection
        guard isNarrowed else { return (false, selection) }
        let runs = runs.filter { $0.pipeline == pipeline }
        if table.source.newOnly { selection.except = Set(runs.flatMap(\.files)) }
        if let column = table.source.cursor {
            guard let through = try source.maximum(of: column) else { return (true, selection) }
            let after = runs.compactMap { $0.cursor.flatMap(mark(source, column).value) }.last
            // Under merge the rows of the last value are read again: one more of them may have come.
            let isMerge = table.destination.mode != .append
            if after == through, !isMerge { return (true, selection) }
            selection.cursor = CursorRange(column: column, after: after, includesAfter: isMerge, through: through)
        }
        if table.source.newOnly, try source.describe(selection).fields.isEmpty { return (true, selection) }
        return (false, selection)
    }

    private func write(
        _ source: any Source, _ selection: Selection, _ plan: FieldPlan, _ gate: ReleaseGate?,
        _ session: ProtectSession, _ destination: any Destination, _ load: Load, _ progress: RunProgress
    ) async throws -> Int {
        try await Blocking.run { [cancellation] in
            progress.expect(selection == Selection(textColumns: selection.textColumns) ? source.expectedRows : nil)
            let stream = try source.open(selection)
            guard stream.schema == plan.schema else {
                throw PipelineError(
                    .sourceChanged, "the columns of \(source.location) changed meanwhile", hint: "run again")
            }
            // Of rows that are left out nothing is protected: no token, no key of a tenant, nothing.
            let released = gate.map { gate in ReleasedRows(stream, gate) { progress.add($0.rowCount) } }
            let conveyor = Conveyor(
                session.preparing(released ?? stream),
                Conveyor.Work(schema: plan.outputSchema) { batch, firstRow in
                    if try session.needsPreparation(batch, firstRow: firstRow) {
                        try Blocking.wait { try await session.prepare(batch, firstRow: firstRow) }
                    }
                } transform: { batch, firstRow in
                    if released == nil { progress.add(batch.rowCount) }
                    return try session.protect(batch, firstRow: firstRow)
                }, workers: Conveyor.defaultWorkers)
            @Sendable func end() {
                conveyor.fail(Cancellation.error)
                released?.fail(Cancellation.error)
            }
            cancellation.onCancel { end() }
            var load = load
            load.run.files = source.files
            do {
                return try destination.write(conveyor, load)
            } catch {
                end()
                source.cancel()
                throw cancellation.isCancelled ? Cancellation.error : error
            }
        }
    }
}

extension Source {
    /// The dataset where the pipeline names none: the destination's, else the source's own.
    fileprivate func datasetAfter(_ destination: DestinationSpecification) -> String? {
        switch destination.place {
        case .database(_, let table): table.name
        case .folder(let path, _): FileSystem.name(of: path)
        case .file(let path, _): String(FileSystem.name(of: path).prefix { $0 != "." })
        }
    }
}

extension KeyUse {
    /// What both need.
    func united(with other: KeyUse?) -> KeyUse {
        KeyUse(catalogue: catalogue, location: location, dataset: dataset, keys: keys.union(other?.keys ?? []))
    }
}

extension Destination {
    /// Tells the key store what the catalogue needs that is there now: another load may have come since.
    func recordUse(of dataset: String, in keys: any KeyUses) async throws {
        let record = try await Blocking.run { try self.catalogues().first { $0.dataset == dataset } }
        guard let record else { return }
        try await keys.record(Catalogue(decoding: record.document).keyUse(location: location))
    }
}

/// What a summary is made of.
private struct Summary {
    let plan: FieldPlan
    let release: ReleaseDecision?
    let source: String
    let destination: String
    let start: ContinuousClock.Instant

    func finished(rows: Int, session: ProtectSession?, isUpToDate: Bool) -> RunSummary {
        let catalogue = session?.catalogue()
        let references = catalogue?.keyUse(location: destination).keys ?? []
        let elapsed = (ContinuousClock.now - start).components
        return RunSummary(
            source: source, destination: destination, dataset: plan.dataset, rows: rows, fields: plan.rows,
            keys: references.sorted { ($0.key.description, $0.version) < ($1.key.description, $1.version) },
            dataKeys: catalogue?.keys.count ?? 0, release: release,
            seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18, isUpToDate: isUpToDate)
    }
}
