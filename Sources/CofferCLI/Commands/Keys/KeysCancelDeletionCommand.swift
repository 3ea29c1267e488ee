import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys cancel-deletion`.
struct KeysCancelDeletionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel-deletion", abstract: "Take a key back from its destruction; it is disabled then.")

    @OptionGroup var key: KeyArgument

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let store = try CofferHome().openStore()
        let id = try key.id()
        let output = KeyOutput(try await store.cancelDeletion(id))
        Terminal.say("\(id.name) is disabled", hint: "coffer keys enable \(id.name)")
        try output.print(json: json)
    }
}
