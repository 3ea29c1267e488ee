import ArgumentParser
import Coffer
import CofferPipeline

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
