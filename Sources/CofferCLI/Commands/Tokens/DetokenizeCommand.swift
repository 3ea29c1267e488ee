import ArgumentParser
import Coffer
import CofferCrypto
import CofferPipeline

/// `coffer detokenize`.
struct DetokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detokenize",
        abstract: "Turn tokens back into the values they stand for.",
        discussion: """
            Prints a value a line, in the order of the tokens. Whole tables come back with coffer reveal.

              coffer detokenize --domain card tok_9fQ2vJkc0mXhY4bZr1sT8w
              coffer detokenize --domain card - < tokens.txt
            """)

    @Argument(help: "Tokens; - for one a line on standard input.")
    var tokens: [String]

    @Option(help: "The domain they belong to: the one in the pipeline, by default the column's name.")
    var domain: String

    @OptionGroup var vault: VaultOptions

    @Option(help: "What becomes of a token that stands for no value: stop, or null (an empty line) in its place.")
    var onError = RevealCommand.OnError.stop

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Entry: Encodable {
            let token: String
            let value: String?
            /// Base64url, where the value is no text.
            let bytes: String?
        }
        let domain: String
        let values: [Entry]
    }

    func run() async throws {
        let tokens = try tokens == ["-"] ? InputText.lines("-", what: "a token a line") : tokens
        guard tokens.count <= VaultWork.limit else {
            throw CommandError("that is too much: at most a million tokens at once", hint: "give them in parts")
        }
        let (domain, stops) = (domain, onError == .stop)
        let values = try await vault.recording(
            "Detokenize", ("domain", .string(domain)), ("tokens", .integer(tokens.count)),
            result: { .members(("values", .integer($0.count { $0 != nil }))) }
        ) { work in
            let values = try await Blocking.run { try work.values(of: tokens, in: domain) }
            if stops, let missing = values.firstIndex(where: { $0 == nil }) {
                throw PipelineError(
                    .notAuthentic, "token \(missing + 1) of \(tokens.count) can't be turned back",
                    hint:
                        "it may be of another domain or vault, deleted, expired, or need a key that is disabled or not "
                        + "allowed here; --on-error null gives an empty line instead")
            }
            return values
        }
        if json {
            return try Terminal.printJSON(
                Output(
                    domain: domain,
                    values: zip(tokens, values).map { token, value in
                        let text = value.flatMap { String(validating: $0, as: UTF8.self) }
                        return Output.Entry(
                            token: token, value: text, bytes: text == nil ? value.map { Base64URL.encode($0) } : nil)
                    }))
        }
        for value in values { try Terminal.printLine(String(decoding: value ?? [], as: UTF8.self)) }
    }
}
