import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list, rotate, disable and delete keys.",
        subcommands: [
            KeysCreateCommand.self, KeysListCommand.self, KeysShowCommand.self, KeysRotateCommand.self,
            KeysRotationCommand.self, KeysImportCommand.self, KeysPublicKeyCommand.self,
            KeysEnableCommand.self, KeysDisableCommand.self, KeysDeleteCommand.self, KeysCancelDeletionCommand.self,
            KeysDestroyDueCommand.self, KeysTagCommand.self, KeysUntagCommand.self, KeysDescriptionCommand.self,
            KeysPolicyCommand.self, KeysGrantCommand.self, KeysAccessCommand.self,
            KeysRotateRootCommand.self, KeysBackupCommand.self, KeysRestoreCommand.self,
        ],
        defaultSubcommand: KeysListCommand.self)
}

/// The key a command is about.
struct KeyArgument: ParsableArguments {
    @Argument(help: "The key: alias/NAME or a key id.")
    var key: String

    func id() throws -> KeyID { try KeyID(key) }
}
