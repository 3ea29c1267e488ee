import ArgumentParser
import CofferKMS

/// `coffer keys enable`.
struct KeysEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a key, or one version of it, be used again.")

    @OptionGroup var key: KeyArgument

    @Option(help: "One version; without it the key as a whole.")
    var version: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let store = try CofferHome().openStore()
        try KeyOutput(try await store.setEnabled(true, try key.id(), version: version)).print(json: json)
    }
}
