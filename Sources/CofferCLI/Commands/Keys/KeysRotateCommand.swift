import ArgumentParser
import CofferKMS

/// `coffer keys rotate`.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a key a new version, which wraps from now on.",
        discussion: """
            Older versions still unwrap what they wrapped; coffer rewrap moves a catalogue to the new one. \
            MAC keys do not rotate.
            """)

    @OptionGroup var key: KeyArgument

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let id = try key.id()
        let keys = try await CofferHome().openGuarded()
        try KeyOutput(try await keys.change("RotateKeyOnDemand", id) { try await $0.rotate(id) }).print(json: json)
    }
}
