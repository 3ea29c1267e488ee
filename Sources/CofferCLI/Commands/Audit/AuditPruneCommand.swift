import ArgumentParser
import Coffer
import CofferAudit

/// `coffer audit prune`.
struct AuditPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete the texts of old events; their hashes stay.",
        discussion: """
            Bundles of 256 events are deleted from the oldest on, as far as all their events are older. The tree, its \
            signatures and every proof that was given stay valid; verify says how many events are pruned. The record says \
            what was pruned before it is.
            """)

    @Option(help: ArgumentHelp("Events before this time: 2026-11-21 or 2026-11-21T09:30:00Z.", valueName: "date"))
    var before: Moment

    @Option(help: ArgumentHelp("Copy each bundle into this folder first.", valueName: "folder"), completion: .directory)
    var archive: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let events: Int
        let minimum: Int
    }

    func run() async throws {
        let log = try CofferHome().openAudit(try CofferFile.read()) { $0.interval = nil }
        let pruning = try await log.prune(before: before.milliseconds, archive: archive)
        if json { return try Terminal.printJSON(Output(events: pruning.events, minimum: pruning.minimum)) }
        try Terminal.printLine(
            pruning.events == 0
                ? "nothing to prune: no whole bundle of 256 events is that old"
                : "\(Figures.count(pruning.events, "event")) pruned, \(pruning.minimum) and later are kept")
    }
}
