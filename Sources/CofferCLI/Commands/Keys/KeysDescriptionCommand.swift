import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys description`.
struct KeysDescriptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "description", abstract: "Say what a key is about.")

    @OptionGroup var key: KeyArgument

    @Argument(help: "One line; an empty one removes what was said.")
    var text: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (id, text) = (try key.id(), text)
        let keys = try await CofferHome().openGuarded()
        let described = try await keys.change(
            "UpdateKeyDescription", id, .members(("description", .string(text)))
        ) { try await $0.setDescription(of: id, text) }
        try KeyOutput(described).print(json: json)
    }
}
