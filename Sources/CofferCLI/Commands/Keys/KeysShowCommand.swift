import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys show`.
struct KeysShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a key, its versions, and the catalogues that need them.")

    @OptionGroup var key: KeyArgument

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let key: KeyOutput
        let uses: [KeyOutput.Use]
    }

    func run() async throws {
        let store = try CofferHome().openStore()
        let description = try await store.describe(try key.id())
        let uses = try await store.uses(of: description.key, version: nil)
        let output = Output(
            key: KeyOutput(description), uses: uses.map { KeyOutput.Use($0, of: description.key) })
        if json { return try Terminal.printJSON(output) }
        try output.key.print(json: false)
        for line in output.key.details { try Terminal.printLine(Terminal.clean(line)) }
        try Terminal.printLine()
        try Terminal.printTable(
            ["VERSION", "STATE", "CREATED", "NEEDED BY"],
            output.key.versions.map { version in
                let users = output.uses.filter { $0.versions.contains(version.number) }.map(\.location)
                return [
                    String(version.number), version.enabled ? "enabled" : "disabled", version.created,
                    users.isEmpty ? "-" : users.joined(separator: ", "),
                ]
            })
    }
}
