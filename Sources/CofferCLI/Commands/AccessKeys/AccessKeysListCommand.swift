import ArgumentParser
import Coffer
import CofferKMS

/// `coffer access-keys list`.
struct AccessKeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all access keys, also those that were revoked; never their secrets.")

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let accessKeys: [AccessKeyOutput]
    }

    func run() async throws {
        let realm = try Realm.configured()
        let keys = try await CofferHome().openStore().accessKeys().map { AccessKeyOutput($0, realm) }
        if json { return try Terminal.printJSON(Output(accessKeys: keys)) }
        try Terminal.printTable(AccessKeyOutput.header, keys.map(\.row))
    }
}
