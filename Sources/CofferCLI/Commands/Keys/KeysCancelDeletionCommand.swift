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
        let id = try key.id()
        let keys = try await CofferHome().openGuarded()
        let output = KeyOutput(try await keys.change("CancelKeyDeletion", id) { try await $0.cancelDeletion(id) })
        Terminal.say("\(id.name) is disabled", hint: "coffer keys enable \(id.name)")
        try output.print(json: json)
    }
}
