import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer tokens purge`.
struct TokensPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete the tokens that have outlived their time.",
        discussion:
            "They can't be turned back since then; this takes their sealed values out of the vault as well. For a timer."
    )

    @Option(help: "Only this domain.")
    var domain: String?

    @OptionGroup var vault: VaultOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let purged: Int
    }

    func run() async throws {
        let domain = domain
        let count = try await vault.recording(
            "PurgeTokens", ("domain", domain.map { .string($0) }), result: { .members(("purged", .integer($0))) }
        ) { work in try await Blocking.run { try work.purge(domain) } }
        if json { return try Terminal.printJSON(Output(purged: count)) }
        try Terminal.printLine("\(Figures.count(count, "expired token")) purged")
    }
}
