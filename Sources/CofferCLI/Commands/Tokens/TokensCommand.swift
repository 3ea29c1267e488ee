import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer tokens`.
struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Look after a token vault: what it holds, what is deleted, which keys it is under.",
        subcommands: [
            TokensListCommand.self, TokensDeleteCommand.self, TokensPurgeCommand.self, TokensRewrapCommand.self,
        ],
        defaultSubcommand: TokensListCommand.self)
}

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

/// `coffer tokens delete`.
struct TokensDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete tokens, so that nobody can turn them back any more.",
        discussion: """
            By token, or by value: all tokens that somebody's value has in the domain. The tokens stay where they were \
            written, and mean nothing there. Copies of the vault still have them.

              coffer tokens delete --domain card --token tok_9fQ2vJkc0mXhY4bZr1sT8w
              coffer tokens delete --domain card --value-file - < values.txt
            """)

    @Option(help: "The domain they belong to.")
    var domain: String

    @Option(help: "A token; may be repeated.")
    var token: [String] = []

    @Option(help: "A file with a value a line; - for standard input.", completion: .file())
    var valueFile: String?

    @OptionGroup var vault: VaultOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let domain: String
        let deleted: Int
    }

    func run() async throws {
        guard token.isEmpty != (valueFile == nil) else {
            throw CommandError("say what is deleted", hint: "either --token, or --value-file with a value a line")
        }
        let values = try valueFile.map { try InputText.lines($0, what: "a value a line") }
        let (tokens, domain) = (token, domain)
        guard (values ?? tokens).count <= VaultWork.limit else {
            throw CommandError("that is too much: at most a million at once", hint: "give them in parts")
        }
        let count = try await vault.recording(
            "DeleteTokens", ("domain", .string(domain)), ("by", .string(values == nil ? "token" : "value")),
            ("asked", .integer((values ?? tokens).count)), result: { .members(("deleted", .integer($0))) }
        ) { work in
            try await Blocking.run {
                try values.map { try work.delete(values: $0, in: domain) } ?? work.delete(tokens: tokens, in: domain)
            }
        }
        if json { return try Terminal.printJSON(Output(domain: domain, deleted: count)) }
        try Terminal.printLine("\(Figures.count(count, "token")) of \(Terminal.clean(domain)) deleted")
    }
}

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

/// `coffer tokens rewrap`.
struct TokensRewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Bring a vault's data keys to the newest version of their key, or to another key.",
        discussion:
            "No token is read or written. Do it after coffer keys rotate, and before an old version is disabled.")

    @Option(help: "Another key to move to.")
    var to: String?

    @OptionGroup var vault: VaultOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let dataKeys: Int
        let rewrapped: Int
    }

    func run() async throws {
        let (target, written) = (try to.map { try KeyID($0) }, to)
        let output = try await vault.recording(
            "RewrapTokens", ("to", written.map { .string($0) }),
            result: { .members(("dataKeys", .integer($0.dataKeys)), ("rewrapped", .integer($0.rewrapped))) }
        ) { work in
            let done = try await work.rewrap(to: target)
            return Output(dataKeys: done.dataKeys, rewrapped: done.rewrapped)
        }
        if json { return try Terminal.printJSON(output) }
        try Terminal.printLine(
            output.rewrapped == 0
                ? "all \(Figures.count(output.dataKeys, "data key")) are under the newest version already"
                : "\(output.rewrapped) of \(Figures.count(output.dataKeys, "data key")) rewrapped")
    }
}
