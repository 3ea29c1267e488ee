package import Coffer

/// Gives a protected table back to whoever may have it.
package struct RevealRun: Sendable {
    /// Where revealed rows go.
    package enum Output: Sendable {
        /// A file that appears whole, readable by its owner only.
        case file(String, FileFormat)
        /// Standard output as a stream of CSV or JSONL; where nil, CSV unless columns are nested.
        case standardOutput(FileFormat?)
        /// The first rows, as texts.
        case rows(limit: Int)
    }

    /// What was revealed.
    package struct Result: Sendable {
        /// The columns.
        package let columns: [String]
        /// The rows, where they were asked for; null is nil.
        package let rows: [[String?]]
        /// How many there are, where they were written.
        package let count: Int
        /// The dataset they were bound to.
        package var dataset = ""
        /// Which columns were revealed, and what had protected them.
        package var revealed: [(protection: String, column: String)] = []
    }

    /// What is read.
    package let table: ProtectedTable
    /// The columns to reveal; nil for all.
    package var columns: [FieldPath]?
    /// An SQL condition on revealed columns.
    package var condition: String?
    /// What becomes of a value that does not open.
    package var onFailure = RevealFailure.stop
    /// The keys that the catalogue may name.
    package var allowed = AllowedKeys.embeddedStore
    /// The token vault, where it is not the default one.
    package var vault: VaultPlace?
    private let connectors: Connectors
    private let cancellation: Cancellation

    /// A reveal of `table`.
    package init(_ table: ProtectedTable, connectors: Connectors, cancellation: Cancellation) {
        self.table = table
        self.connectors = connectors
        self.cancellation = cancellation
    }

    /// Reveals the table into `output`.
    package func run(keys: any KeyManagementService, to output: Output, progress: RunProgress) async throws -> Result {
        let catalogue = try await Blocking.run {
            try Catalogue(decoding: table.record(in: connectors.destination(table.place)).document)
        }
        let source = try await Blocking.run { try connectors.source(place(catalogue)) }
        cancellation.onCancel { source.cancel() }
        let plan = try await Blocking.run { try planned(source, catalogue) }
        let opened = try await Blocking.run { () -> (any TokenVault)? in
            guard plan.needsVault else { return nil }
            return try connectors.vault(vault)
        }
        let session = try await plan.begin(keys: keys, vault: opened, now: Process.clock)
        return try await Blocking.run { [cancellation] in
            progress.expect(source.expectedRows)
            let stream = try source.open(selection(catalogue))
            let conveyor = Conveyor(
                session.preparing(stream),
                Conveyor.Work(schema: plan.outputSchema) { batch, _ in
                    if try session.needsPreparation(batch) { try Blocking.wait { try await session.prepare(batch) } }
                } transform: { batch, firstRow in
                    progress.add(batch.rowCount)
                    return try session.reveal(batch, firstRow: firstRow)
                }, workers: Conveyor.defaultWorkers)
            cancellation.onCancel { conveyor.fail(Cancellation.error) }
            defer { conveyor.fail(Cancellation.error) }
            do {
                var result = try write(filtered(conveyor), to: output)
                result.dataset = plan.dataset
                result.revealed = plan.leaves.map { ($0.column.protection.kind, $0.path.description) }
                return result
            } catch {
                source.cancel()
                throw cancellation.isCancelled ? Cancellation.error : worded(error)
            }
        }
    }

    /// What is read. JSON does not tell a map from a struct, so a column with a protected map in it is read as JSON.
    private func place(_ catalogue: Catalogue) -> SourceSpecification.Place {
        guard case .files(var files) = table.source, files.format == .jsonl else { return table.source }
        for column in catalogue.columns where column.path.steps.contains(where: { $0 == .keys || $0 == .values }) {
            files.types[column.path.column] = "JSON"
        }
        return .files(files)
    }

    private func worded(_ error: any Error) -> any Error {
        (error as? EngineFailure)?.sentence(.destination, "the revealed rows") ?? error
    }

    /// CSV is read as text where the catalogue says a column was protected.
    private func selection(_ catalogue: Catalogue) -> Selection {
        Selection(textColumns: Set(catalogue.columns.filter(\.path.steps.isEmpty).map(\.path.column)))
    }

    private func planned(_ source: any Source, _ catalogue: Catalogue) throws -> RevealPlan {
        let schema = try source.describe(selection(catalogue))
        var wanted = columns
        if let condition, wanted != nil {
            // The condition's columns are revealed as well, and left out again after it.
            let text = condition.lowercased()
            for field in schema.fields where text.contains(field.name.lowercased()) {
                wanted?.append(FieldPath(field.name))
            }
        }
        return try RevealPlan(
            catalogue, schema: schema, dataset: table.datasetName, columns: wanted, allowed: allowed,
            onFailure: onFailure)
    }

    /// Rows that meet the condition, judged by an engine of its own that can reach no file and no network.
    private func filtered(_ stream: any BatchStream) throws -> any BatchStream {
        guard let condition else { return stream }
        let engine = try Engine(connectors.engine.library, isSealed: true)
        let kept = columns.map { Set($0.map(\.column)) }
        let names = stream.schema.fields.map(\.name).filter { kept?.contains($0) ?? true }
        do {
            return try engine.transform(stream, names.map { (SQL.name($0), $0) }, where: condition)
        } catch let failure as EngineFailure {
            throw failure.sentence(.policy, "--where")
        }
    }

    private func write(_ stream: any BatchStream, to output: Output) throws -> Result {
        let names = stream.schema.fields.map(\.name)
        switch output {
        case .file(let path, let format):
            let writer = try FileWriter(format, location: path, engine: connectors.engine)
            cancellation.onCancel { writer.cancel() }
            Staging.removeAbandoned(in: FileSystem.folder(of: path))
            let count = try Staging.replacing(path) { try writer.write(stream, to: $0, catalogue: nil) }
            return Result(columns: names, rows: [], count: count)
        case .standardOutput(let named):
            let format = named ?? (stream.schema.fields.contains { $0.type.isNested } ? .jsonl : .csv)
            let writer = try FileWriter(format, location: "standard output", engine: connectors.engine)
            let pipe = try OutputPipe()
            let count = try pipe.ending { try writer.write(stream, to: $0, catalogue: nil) }
            return Result(columns: names, rows: [], count: count)
        case .rows(let limit):
            let connection = try connectors.engine.connect()
            let registration = try connectors.engine.register(stream)
            let texts = names.map { "CAST(\(SQL.name($0)) AS VARCHAR)" }.joined(separator: ", ")
            do {
                let rows = try connection.rows("SELECT \(texts) FROM \(registration.name) LIMIT \(limit)")
                if let failure = registration.failure { throw failure }
                return Result(columns: names, rows: rows, count: rows.count)
            } catch {
                throw registration.failure ?? error
            }
        }
    }
}
