import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys grant revoke`.
struct KeysGrantRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Take a grant back, at once.")

    @OptionGroup var key: KeyArgument

    @Argument(help: ArgumentHelp("The id of the grant.", valueName: "grant"))
    var grant: String

    func run() async throws {
        try await CofferHome().openStore().revokeGrant(grant, of: try key.id())
    }
}

/// `coffer keys grant retire`.
struct KeysGrantRetireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "End a grant that is not needed any more.",
        discussion: "Named by its key and id, or by its token.")

    @Argument(help: "The key: alias/NAME or a key id.")
    var key: String?

    @Argument(help: ArgumentHelp("The id of the grant.", valueName: "grant"))
    var grant: String?

    @Option(help: "A token of the grant.")
    var token: String?

    func validate() throws {
        guard (key == nil) == (grant == nil), (key == nil) != (token == nil) else {
            throw ValidationError("Say either a key and a grant, or --token TOKEN.")
        }
    }

    func run() async throws {
        let store = try CofferHome().openStore()
        if let token {
            let grant = try store.grant(token: token)
            try await store.retireGrant(grant.id, of: grant.key)
        } else if let key, let grant {
            try await store.retireGrant(grant, of: try KeyID(key))
        }
    }
}
