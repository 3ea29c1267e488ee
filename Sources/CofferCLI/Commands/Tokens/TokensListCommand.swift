import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer tokens list`.
struct TokensListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the domains of a vault and how many tokens they hold.")

    @Option(help: "Only this domain.")
    var domain: String?

    @OptionGroup var vault: VaultOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Domain: Encodable {
            let domain: String
            let singleUse: Bool
            let format: String
            let tokens: Int
            let expired: Int
            let oldest: String?
            let newest: String?
        }
        let vault: String
        let domains: [Domain]
    }

    func run() async throws {
        let place = try vault.place()
        let counts = try await Blocking.run { try place.open().counts(now: Process.clock) }
        let domains = counts.filter { domain == nil || $0.domain == domain }.map {
            Output.Domain(
                domain: $0.domain, singleUse: $0.isSingleUse, format: $0.format, tokens: $0.tokens, expired: $0.expired,
                oldest: $0.oldest.map { EventTime.text($0) }, newest: $0.newest.map { EventTime.text($0) })
        }
        if let domain, domains.isEmpty {
            throw CommandError(
                "the vault has no domain \(domain)",
                hint: counts.isEmpty ? "it has none yet" : "it has \(counts.map(\.domain).joined(separator: ", "))")
        }
        if json { return try Terminal.printJSON(Output(vault: place.recordedName, domains: domains)) }
        try Terminal.printTable(
            ["DOMAIN", "TOKENS", "EXPIRED", "FORM", "USE", "FIRST", "LAST"],
            domains.map {
                [
                    $0.domain, Figures.grouped($0.tokens), Figures.grouped($0.expired), $0.format,
                    $0.singleUse ? "single" : "multi", $0.oldest.map { String($0.prefix(10)) } ?? "-",
                    $0.newest.map { String($0.prefix(10)) } ?? "-",
                ]
            })
    }
}
