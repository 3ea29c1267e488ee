import ArgumentParser
import Coffer
import CofferKMS

/// `coffer access-keys revoke`.
struct AccessKeysRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take an access key out of use, for good and at once.",
        discussion: "A server that is running refuses its next request. Grants to its user stay; revoke them apart.")

    @Argument(help: ArgumentHelp("Its id: AKIA and 16 more characters.", valueName: "id"))
    var accessKey: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let realm = try Realm.configured()
        let id = accessKey
        let keys = try await CofferHome().openGuarded()
        let revoked = try await keys.change("RevokeAccessKey", nil, .members(("accessKeyId", .string(id)))) {
            try await $0.revokeAccessKey(id)
        }
        let output = AccessKeyOutput(revoked, realm)
        if json { return try Terminal.printJSON(output) }
        try Terminal.printTable(AccessKeyOutput.header, [output.row])
    }
}
