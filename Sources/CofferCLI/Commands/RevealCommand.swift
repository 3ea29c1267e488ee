import ArgumentParser
import Coffer
import CofferAudit
import CofferPipeline

/// `coffer reveal`.
struct RevealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reveal",
        abstract: "Give protected values back to whoever may have them.",
        discussion: """
            Encrypted and tokenized columns come back with their type; masked, hashed and redacted ones stay as they are. On a terminal the \
            first rows are shown; otherwise CSV (JSONL where columns are nested) is written to standard output.
            """)

    /// What becomes of a value that does not open.
    enum OnError: String, ExpressibleByArgument, CaseIterable {
        case stop, null
    }

    /// How rows are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, jsonl, parquet
    }

    @OptionGroup var target: TableOptions

    @Option(help: "Only these columns, comma-separated.")
    var columns: String?

    @Option(name: .customLong("where"), help: "Only rows that meet this SQL condition on revealed columns.")
    var condition: String?

    @Option(help: "What becomes of a value that does not open: stop, or null in its place.")
    var onError = OnError.stop

    @Option(
        name: [.short, .customLong("output")],
        help: "Write to this file (.csv, .jsonl, .parquet), readable by you only.", completion: .file())
    var output: String?

    @Option(
        help:
            "How to write standard output: table, csv or jsonl. By default table on a terminal, else csv, or jsonl where columns are nested."
    )
    var format: Format?

    @Option(help: "How many rows a table shows.")
    var limit = 50

    @Option(
        help:
            "The token vault, where values are tokens and neither tokens.db in $COFFER_HOME nor the pipeline's is meant."
    )
    var vault: String?

    @Flag(help: "Print JSON: rows with --format table, else a summary on standard error.")
    var json = false

    func run() async throws {
        let cancellation = Cancellation()
        let target = try target.resolved()
        let table = target.table
        var reveal = RevealRun(
            table,
            connectors: Connectors(
                try Engines.make(), databases: table.duckDBFiles, vault: try? CofferHome().tokensFile,
                objects: try target.objects(cancellation)),
            cancellation: cancellation)
        reveal.vault = try vault.map { try VaultPlace($0, folder: ".") { try $0.resolve() } } ?? target.vault
        reveal.columns = try columns.map { try $0.split(separator: ",").map { try FieldPath(parsing: String($0)) } }
        reveal.condition = condition
        reveal.onFailure = onError == .null ? .null : .stop
        reveal.allowed = target.allowed
        let destination = try destination()
        let progress = RunProgress()
        let meter = ProgressMeter(progress, isQuiet: output == nil)
        defer { meter.end() }
        let keys = try target.keyServices()
        let result = try await Interruption.handling(cancellation) { [reveal] in
            try await keys.recording(
                "Reveal", { RecordedRuns.parameters(reveal, to: destination, $0) }, result: RecordedRuns.result
            ) { try await reveal.run(keys: keys.keyring, to: destination, progress: progress) }
        }
        meter.end()
        try show(result, destination)
    }

    private func destination() throws -> RevealRun.Output {
        if let output {
            guard !ObjectAddress.isOne(output) else {
                throw CommandError(
                    "revealed rows are written to a file", hint: "add -o FILE")
            }
            guard let format = format.flatMap({ FileFormat(rawValue: $0.rawValue) }) ?? FileFormat(path: output),
                format != .json
            else {
                throw CommandError(
                    "the form of \(output) is not clear from its name", hint: "end it in .csv, .jsonl or .parquet")
            }
            return .file(output, format)
        }
        guard let format = format ?? (json || Terminal.showsOutput ? .table : nil) else { return .standardOutput(nil) }
        switch format {
        case .table: return .rows(limit: max(1, limit))
        case .csv: return .standardOutput(.csv)
        case .jsonl: return .standardOutput(.jsonl)
        case .parquet: throw CommandError("Parquet is written to a file", hint: "add -o FILE.parquet")
        }
    }

    private struct Rows: Encodable {
        let columns: [String]
        let rows: [[String?]]
    }

    private struct Written: Encodable {
        let output: String
        let rows: Int
    }

    private func show(_ result: RevealRun.Result, _ destination: RevealRun.Output) throws {
        switch destination {
        case .rows:
            if json { return try Terminal.printJSON(Rows(columns: result.columns, rows: result.rows)) }
            try Terminal.printTable(result.columns, result.rows.map { $0.map { $0 ?? "NULL" } })
            if result.count == limit { Terminal.say("the first \(limit) rows; -o FILE writes all, --limit shows more") }
        case .file(let path, _):
            if json { return try Terminal.printJSON(Written(output: path, rows: result.count)) }
            Terminal.say("\(Figures.count(result.count, "row")) into \(path)")
        case .standardOutput: break
        }
    }
}
