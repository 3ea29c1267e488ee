import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys grant list`.
struct KeysGrantListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the grants of a key, or those that somebody may retire.")

    @Argument(help: "The key: alias/NAME or a key id.")
    var key: String?

    @Option(help: ArgumentHelp("Those of all keys that this user or ARN may retire.", valueName: "principal"))
    var retirableBy: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let grants: [GrantOutput]
    }

    func validate() throws {
        guard (key == nil) != (retirableBy == nil) else {
            throw ValidationError("Say either a key or --retirable-by PRINCIPAL.")
        }
    }

    func run() async throws {
        let realm = try Realm.configured()
        let store = try CofferHome().openStore()
        let grants =
            if let key {
                try await store.grants(of: try KeyID(key))
            } else {
                try await store.grants(retirableBy: PrincipalName.arn(retirableBy ?? "", realm))
            }
        if json { return try Terminal.printJSON(Output(grants: grants.map(GrantOutput.init))) }
        try Terminal.printTable(GrantOutput.header, grants.map { GrantOutput($0).row })
    }
}
