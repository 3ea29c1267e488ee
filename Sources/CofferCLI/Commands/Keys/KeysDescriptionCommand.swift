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
        let store = try CofferHome().openStore()
        try KeyOutput(try await store.setDescription(of: try key.id(), text)).print(json: json)
    }
}
