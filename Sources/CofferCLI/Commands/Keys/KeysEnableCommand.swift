import ArgumentParser
import Coffer
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
        let (id, version) = (try key.id(), version)
        let keys = try await CofferHome().openGuarded()
        let enabled = try await keys.change(
            "EnableKey", id, .members(("version", version.map { .integer($0) }))
        ) { try await $0.setEnabled(true, id, version: version) }
        try KeyOutput(enabled).print(json: json)
    }
}
