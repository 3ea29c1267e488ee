import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys create`.
struct KeysCreateCommand: AsyncParsableCommand {
    enum Usage: String, ExpressibleByArgument, CaseIterable {
        case encrypt, mac
    }

    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a key.")

    @Argument(help: ArgumentHelp("Its alias, written alias/NAME.", valueName: "alias"))
    var name: String?

    @Option(help: ArgumentHelp("Its alias; another way to write it.", valueName: "alias"))
    var alias: String?

    @Option(help: "What it is for: encrypt, or mac (pseudonyms and deterministic encryption; does not rotate).")
    var usage: Usage?

    @Flag(help: "The same as --usage mac.")
    var mac = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard name != nil || alias != nil else {
            throw ValidationError("The alias is missing; write it as alias/NAME.")
        }
        guard name == nil || alias == nil else { throw ValidationError("The alias is given twice.") }
        guard !mac || usage != .encrypt else { throw ValidationError("A key is for one use: encrypt or mac.") }
    }

    func run() async throws {
        let alias = try (name ?? alias).map { try AliasName($0) }
        let usage = mac || usage == .mac ? KeyDescription.Usage.generateVerifyMAC : .encryptDecrypt
        let keys = try await CofferHome().openGuarded()
        let created = try await keys.change(
            "CreateKey", nil,
            .members(("keyUsage", .string(usage.rawValue)), ("alias", alias.map { .string($0.description) })),
            response: { .members(("keyId", .string($0.key.name))) }, { try await $0.createKey(usage, alias: alias) })
        try KeyOutput(created).print(json: json)
    }
}
