import ArgumentParser
import Coffer
import CofferPipeline

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
