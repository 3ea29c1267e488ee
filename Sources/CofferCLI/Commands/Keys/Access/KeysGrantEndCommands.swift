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
        let (id, grant) = (try key.id(), grant)
        try await CofferHome().openGuarded().change("RevokeGrant", id, .members(("grantId", .string(grant)))) {
            try await $0.revokeGrant(grant, of: id)
        }
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
        let keys = try await CofferHome().openGuarded()
        var ended: (grant: String, key: KeyID)?
        if let token {
            let grant = try keys.store.grant(token: token)
            ended = (grant.id, grant.key)
        } else if let key, let grant {
            ended = (grant, try KeyID(key))
        }
        guard let (grant, id) = ended else { return }
        try await keys.change("RetireGrant", id, .members(("grantId", .string(grant)))) {
            try await $0.retireGrant(grant, of: id)
        }
    }
}
