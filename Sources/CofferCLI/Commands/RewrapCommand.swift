import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer rewrap`.
struct RewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Bring a table's data keys to the newest version of their key, or to another key.",
        discussion: """
            Only the catalogue changes; no row of data is read or written. Do it after coffer keys rotate, and before an old \
            version is disabled. It cures no data key that has leaked: run the pipeline again for that.
            """)

    @OptionGroup var target: TableOptions

    @Option(help: "Another key to move to.")
    var to: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let location: String
        let dataset: String
        let dataKeys: Int
        let rewrapped: Int
    }

    func run() async throws {
        let target = try target.resolved()
        let table = target.table
        let files = table.duckDBFiles
        var rewrap = RewrapRun(table, connectors: Connectors(try Engines.make(writing: files), databases: files))
        rewrap.target = try to.map { try KeyID($0) }
        rewrap.allowed = target.allowed
        let keys = try target.keyServices()
        let result = try await keys.recording(
            "Rewrap",
            { _ in
                .members(
                    ("destination", .string(table.place.recordedName)),
                    ("dataset", table.dataset.map { .string($0) }), ("to", to.map { .string($0) }))
            },
            result: {
                .members(
                    ("dataset", .string($0.dataset)), ("dataKeys", .integer($0.dataKeys)),
                    ("rewrapped", .integer($0.rewrapped)))
            }
        ) { [rewrap] in try await rewrap.run(keys: keys.keyring) }
        if json {
            return try Terminal.printJSON(
                Output(
                    location: result.location, dataset: result.dataset, dataKeys: result.dataKeys,
                    rewrapped: result.rewrapped))
        }
        try Terminal.printLine(
            result.rewrapped == 0
                ? "\(result.location): all \(Figures.count(result.dataKeys, "data key")) are under the newest version already"
                : "\(result.location): \(result.rewrapped) of \(Figures.count(result.dataKeys, "data key")) rewrapped")
    }
}
