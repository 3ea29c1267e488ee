import ArgumentParser
import Coffer
import CofferAudit
import CofferPipeline
import FoundationEssentials

/// `coffer run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Protect a source into a destination, as a pipeline file says.",
        discussion: """
            Every column of the source is named in the file; one that is not stops the run. The destination is the old table \
            or the new one, whatever happens in between.
            """)

    @Argument(help: "The pipeline file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String

    @Flag(help: "Print what would be done to each column, and write nothing.")
    var dryRun = false

    @Option(help: "Run only this table of the file.")
    var table: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let file = try PipelineFile.read(pipeline)
        let tables = try file.selecting(table)
        let cancellation = Cancellation()
        let keys = try KeyServices(file.keyServices, folder: file.folder)
        let objects = try ObjectStores.opener(file.objectStores, folder: file.folder, cancellation)
        var outputs: [RunOutput] = []
        try await Interruption.handling(cancellation) {
            for table in tables {
                let engine = try Engines.make(file.limits, writing: [table.destination.duckDBFile].compactMap { $0 })
                let run = TableRun(
                    table, pipeline: file.name,
                    connectors: Connectors(
                        engine, databases: table.duckDBFiles, vault: try? CofferHome().tokensFile,
                        objects: objects),
                    cancellation: cancellation)
                if table.usesPlaintext {
                    Terminal.say("warning: rows cross the network in the clear (allow_plaintext: true)")
                }
                let output = dryRun ? try await plan(run, keys) : try await execute(run, keys, cancellation)
                outputs.append(output)
                if !json { try output.print(isPlan: dryRun) }
            }
        }
        if json { try Terminal.printJSON(RunOutputs(pipeline: file.name, dryRun: dryRun, tables: outputs)) }
    }

    private func plan(_ run: TableRun, _ keys: KeyServices) async throws -> RunOutput {
        let (plan, release) = try await Blocking.run { try run.plan() }
        RunOutput.warn(of: plan.rows)
        return RunOutput(run.table, plan, release, keys: try await keys.keyring.describe(plan))
    }

    private func execute(_ run: TableRun, _ keys: KeyServices, _ cancellation: Cancellation) async throws
        -> RunOutput
    {
        let progress = RunProgress()
        let meter = ProgressMeter(progress, isQuiet: json)
        defer { meter.end() }
        let summary = try await keys.recording(
            "Run", { RecordedRuns.parameters(run, $0) }, result: RecordedRuns.result
        ) { try await run.run(keys: { keys.keyring }, progress: progress) }
        meter.end()
        RunOutput.warn(of: summary.fields)
        return RunOutput(run.table, summary, keys: try await keys.keyring.name(summary.keys))
    }
}
