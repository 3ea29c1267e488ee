import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys destroy-due`.
struct KeysDestroyDueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy-due", abstract: "Destroy the keys whose waiting period is over.",
        discussion: """
            Every command that opens the key store does the same first. This one is for a timer, so that a key is gone \
            on its day, and it fails where another process keeps the material in the store's journal.
            """)

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Key: Encodable {
            let id: String
            let aliases: [String]
            let destroyed: String
        }
        let destroyed: [Key]
    }

    func run() async throws {
        let guarded = try await CofferHome().openGuarded()
        let destroyed = try await guarded.change(
            "DestroyDueKeys", nil,
            response: { .members(("keys", .array($0.map { .string($0.key.name) }))) },
            { $0.destroyedAtOpen + (try await $0.destroyDue()) })
        let keys = destroyed.map {
            Output.Key(id: $0.key.name, aliases: $0.aliases, destroyed: date($0.destroyed))
        }
        if json { return try Terminal.printJSON(Output(destroyed: keys)) }
        try Terminal.printTable(
            ["ALIAS", "DESTROYED", "ID"],
            keys.map { [$0.aliases.isEmpty ? "-" : $0.aliases.joined(separator: ","), $0.destroyed, $0.id] })
    }
}
