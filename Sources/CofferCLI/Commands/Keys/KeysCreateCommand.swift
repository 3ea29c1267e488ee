import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys create`.
struct KeysCreateCommand: AsyncParsableCommand {
    enum Usage: String, ExpressibleByArgument, CaseIterable {
        case encrypt, mac
    }

    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key.",
        discussion: "A key without an alias is used by its id.")

    @Argument(help: ArgumentHelp("Its alias, written alias/NAME.", valueName: "alias"))
    var name: String?

    @Option(help: ArgumentHelp("Its alias; another way to write it.", valueName: "alias"))
    var alias: String?

    @Option(
        help: "What it is for: encrypt, or mac (pseudonyms and deterministic encryption). A MAC key does not rotate.")
    var usage = Usage.encrypt

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard name == nil || alias == nil else { throw ValidationError("The alias is given twice.") }
    }

    func run() async throws {
        let alias = try (name ?? alias).map { try AliasName($0) }
        let store = try CofferHome().openStore()
        let key = try await store.createKey(usage == .encrypt ? .encryptDecrypt : .generateVerifyMAC, alias: alias)
        try KeyOutput(key).print(json: json)
    }
}
