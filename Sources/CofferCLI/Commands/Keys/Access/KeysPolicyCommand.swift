import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys policy`.
struct KeysPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show or set who may do what with a key.",
        subcommands: [KeysPolicyGetCommand.self, KeysPolicyPutCommand.self])
}

/// `coffer keys policy get`.
struct KeysPolicyGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print the policy of a key.",
        discussion: """
            The text is printed as it was put. A key that was given none has the default policy, which leaves the decision \
            to the policies of whoever asks.
            """)

    @OptionGroup var key: KeyArgument

    func run() async throws {
        let realm = try Realm.configured()
        let policy = try await CofferHome().openStore().policy(of: try key.id())
        try Terminal.printLine(policy ?? DefaultKeyPolicy.text(realm))
    }
}

/// `coffer keys policy put`.
struct KeysPolicyPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Set the policy of a key.",
        discussion: """
            An IAM policy document in JSON, version 2012-10-17, of at most 32 KiB. Whoever owns the store can always set \
            another one on its machine.
            """)

    @OptionGroup var key: KeyArgument

    @Argument(help: "The file with the policy; standard input without it.")
    var file: String?

    @Flag(name: .customLong("default"), help: "Give the key the default policy back.")
    var isDefault = false

    func validate() throws {
        guard !isDefault || file == nil else { throw ValidationError("The default policy has no file.") }
    }

    func run() async throws {
        let id = try key.id()
        let policy = isDefault ? nil : try PolicyText.read(file, .key)
        let keys = try await CofferHome().openGuarded()
        try await keys.change("PutKeyPolicy", id, .members(("policy", policy.map { .string($0) }))) {
            try await $0.putPolicy(policy, of: id)
        }
    }
}
