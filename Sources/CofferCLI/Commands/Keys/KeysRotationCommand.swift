import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys rotation`.
struct KeysRotationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotation", abstract: "Have a key rotate by itself, or no longer.",
        discussion: """
            The key gets a new version with the first use of any key on its day or later; older versions still unwrap. \
            MAC keys do not rotate. coffer keys show says when the next rotation is.
            """)

    @OptionGroup var key: KeyArgument

    @Option(help: ArgumentHelp("Rotate every so many days, counted from now: 90 to 2560.", valueName: "days"))
    var every: Int?

    @Flag(help: "Rotate no longer by itself.")
    var off = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (every == nil) == off else { throw ValidationError("Say either --every DAYS or --off.") }
    }

    func run() async throws {
        let (id, days) = (try key.id(), every)
        let keys = try await CofferHome().openGuarded()
        let output = KeyOutput(
            try await keys.change(
                days == nil ? "DisableKeyRotation" : "EnableKeyRotation", id,
                .members(("rotationPeriodInDays", days.map { .integer($0) }))
            ) { try await $0.setRotation(of: id, days: days) })
        try output.print(json: json)
        guard !json, let rotation = output.rotation else { return }
        Terminal.say("rotates every \(rotation.days) days, next on \(rotation.next.prefix(10))")
    }
}
