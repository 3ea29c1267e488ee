import ArgumentParser
import CofferKMS

/// `coffer keys list`.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all keys.")

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let keys: [KeyOutput]
    }

    func run() async throws {
        let keys = try await CofferHome().openStore().keys().map(KeyOutput.init)
        if json { return try Terminal.printJSON(Output(keys: keys)) }
        try Terminal.printTable(KeyOutput.header, keys.map(\.row))
    }
}
