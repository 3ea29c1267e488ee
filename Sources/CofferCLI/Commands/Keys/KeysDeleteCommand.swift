import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys delete`.
struct KeysDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Have a key destroyed, after a waiting period.",
        discussion: """
            Until the period is over the key can't be used, and coffer keys cancel-deletion takes it back. Then its \
            material is destroyed, and what only it could open is lost for good. Refused as long as a catalogue that \
            Coffer knows of needs the key.
            """)

    @OptionGroup var key: KeyArgument

    @Option(help: ArgumentHelp("How long it waits: 7 to 30 days.", valueName: "n"))
    var days = 30

    @Flag(help: "Delete it though catalogues need it: what it protects there will be lost.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (id, days, isForced) = (try key.id(), days, force)
        let keys = try await CofferHome().openGuarded()
        let uses = force ? try await keys.store.uses(of: id, version: nil) : []
        let output = KeyOutput(
            try await keys.change(
                "ScheduleKeyDeletion", id,
                .members(("pendingWindowInDays", .integer(days)), ("forced", .bool(isForced)))
            ) { try await $0.scheduleDeletion(id, days: days, isForced: isForced) })
        KeyUse.say(uses, "what it protects there will be lost")
        Terminal.say(
            "\(id.name) will be destroyed on \(output.deletionDate?.prefix(10) ?? "-") and can't be used until then",
            hint: "coffer keys cancel-deletion \(id.name) takes it back")
        try output.print(json: json)
    }
}
