import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer classify`.
struct ClassifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Find what is sensitive in a source, and suggest a protection for each column.",
        discussion: """
            Columns are judged by the names and values they have, and by what is noted of them. No value is ever printed. \
            A sample of 20 000 rows is looked at unless --all or --rows say otherwise.

            coffer classify customers.csv
            coffer classify customers.csv -o customers.yaml
            coffer classify warehouse.duckdb --table customers --all --json
            coffer classify --against customers.yaml
            """)

    @OptionGroup var source: ClassifiedSource

    @Option(
        help:
            "Exit with 1 if this pipeline keeps something sensitive in the clear. Its own source is looked at, unless SOURCE is given.",
        completion: .file(extensions: ["yaml", "yml"]))
    var against: String?

    @Flag(help: "Look at every row.")
    var all = false

    @Option(help: "How many rows a sample has.")
    var rows = 20_000

    @Option(help: "Name only what is at least so sure, from 0 to 1.")
    var threshold = 0.5

    @Option(help: "Recognizers of your own, in YAML.", completion: .file(extensions: ["yaml", "yml"]))
    var recognizers: String?

    @Option(help: "A dlt schema (YAML or JSON), whose annotations are hints.", completion: .file())
    var dltSchema: String?

    @Flag(help: "Show a few values of each kind, hidden but for their first character and marks. JSON only.")
    var examples = false

    @Flag(help: "Print every place in every text instead, one line of JSON a value: row, column, entity, start, end.")
    var spans = false

    @Option(
        name: [.short, .customLong("output")], help: "Write a pipeline with the suggested protections to this file.",
        completion: .file(extensions: ["yaml", "yml"]))
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold is from 0 to 1") }
        guard rows > 0 else { throw ValidationError("--rows is 1 or more") }
        guard !examples || json else { throw ValidationError("--examples is for --json") }
        guard source.source != nil || against != nil else {
            throw ValidationError("name a source, or a pipeline with --against")
        }
        guard !spans || (against == nil && output == nil && !examples) else {
            throw ValidationError("--spans goes with neither --against, nor --output, nor --examples")
        }
    }

    func run() async throws {
        let targets = try source.found(against: try against.map { try PipelineFile.read($0) })
        if output != nil, targets.count != 1 || targets[0].written == nil {
            throw CommandError(
                "a pipeline is written for a file or a table, not for a pipeline",
                hint: "--against FILE checks a pipeline that is there")
        }
        let cancellation = Cancellation()
        var outputs: [ClassifyOutput] = []
        for target in targets {
            let objects = try ObjectStores.opener(
                target.file?.objectStores, folder: target.file?.folder ?? ".", cancellation)
            var run = ClassifyRun(
                target.place,
                connectors: Connectors(try Engines.make(), databases: target.place.duckDBFiles, objects: objects),
                cancellation: cancellation)
            run.sample = all ? nil : rows
            run.threshold = threshold
            run.keepsExamples = examples
            run.recognizers = try OwnRecognizers.read(recognizers)
            run.hints = try dltSchema.map { try hints($0, target) } ?? []
            if spans {
                try await printSpans(run, cancellation)
                continue
            }
            let result = try await look(run, cancellation)
            outputs.append(ClassifyOutput(target, result))
        }
        if spans { return }
        if let output { try SuggestedPipeline(outputs[0]).write(to: output) }
        let gaps = outputs.reduce(0) { $0 + $1.gaps.count }
        if json {
            try Terminal.printJSON(ClassifyOutputs(tables: outputs))
        } else {
            for output in outputs { try output.print(against: against != nil) }
        }
        if let output {
            Terminal.say("wrote \(output)", hint: "give it a destination, then: coffer run \(output) --dry-run")
        }
        if gaps > 0 {
            if !json { Terminal.say("\(Figures.count(gaps, "column")) with something sensitive not protected") }
            throw ExitCode(1)
        }
    }

    private func hints(_ path: String, _ target: ClassifiedSource.Target) throws -> [ColumnHint] {
        let node = try YAML.read(path)
        do throws(ConfigurationError) {
            return try ColumnHint.dlt(node, table: target.tableName)
        } catch { throw FileError(file: path, error: error) }
    }

    private func look(_ run: ClassifyRun, _ cancellation: Cancellation) async throws -> ClassifyResult {
        let progress = RunProgress()
        let meter = ProgressMeter(progress, isQuiet: json)
        defer { meter.end() }
        return try await Interruption.handling(cancellation) { try await run.run(progress: progress) }
    }

    private func printSpans(_ run: ClassifyRun, _ cancellation: Cancellation) async throws {
        try await Interruption.handling(cancellation) {
            try await run.spans(progress: RunProgress()) { found in
                try Terminal.print(SpanLines.text(found))
            }
        }
    }
}
