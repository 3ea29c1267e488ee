import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys disable`.
struct KeysDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Keep a key, or one version of it, from being used.",
        discussion: """
            Data under it can't be revealed until it is enabled again. Refused as long as a catalogue that Coffer \
            knows of needs it.
            """)

    @OptionGroup var key: KeyArgument

    @Option(help: "One version; without it the key as a whole.")
    var version: Int?

    @Flag(help: "Disable it though catalogues need it.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (id, version, isForced) = (try key.id(), version, force)
        let keys = try await CofferHome().openGuarded()
        let uses = force ? try await keys.store.uses(of: id, version: version) : []
        let output = KeyOutput(
            try await keys.change(
                "DisableKey", id, .members(("version", version.map { .integer($0) }), ("forced", .bool(isForced)))
            ) { try await $0.setEnabled(false, id, version: version, isForced: isForced) })
        KeyUse.say(uses, "what it protects there can't be revealed until it is enabled again")
        try output.print(json: json)
    }
}
