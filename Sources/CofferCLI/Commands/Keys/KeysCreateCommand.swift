import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys create`.
struct KeysCreateCommand: AsyncParsableCommand {
    enum Usage: String, ExpressibleByArgument, CaseIterable {
        case encrypt, mac, sign

        var usage: KeyDescription.Usage {
            switch self {
            case .encrypt: .encryptDecrypt
            case .mac: .generateVerifyMAC
            case .sign: .signVerify
            }
        }
    }

    enum Origin: String, ExpressibleByArgument, CaseIterable {
        case coffer, external
    }

    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key.",
        discussion: """
            Without --spec it is an AES key for encryption, the kind that pipelines use; HMAC_256 for --usage mac, and \
            ECC_NIST_P256 for --usage sign. A key with --origin external waits for its material: coffer keys import.
            """)

    @Argument(help: ArgumentHelp("Its alias, written alias/NAME.", valueName: "alias"))
    var name: String?

    @Option(help: ArgumentHelp("Its alias; another way to write it.", valueName: "alias"))
    var alias: String?

    @Option(
        help: """
            What it is for: encrypt, mac (pseudonyms and deterministic encryption; does not rotate), or sign.
            """)
    var usage: Usage?

    @Flag(help: "The same as --usage mac.")
    var mac = false

    @Option(
        help: ArgumentHelp(
            "What kind of key it is: \(KeySpec.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "spec"),
        transform: KeySpec.init(written:))
    var spec: KeySpec?

    @Option(help: "Where its material comes from: coffer makes it, or external, and it is imported.")
    var origin = Origin.coffer

    @Option(help: ArgumentHelp("What it is about, in one line.", valueName: "text"))
    var description = ""

    @Option(help: ArgumentHelp("A tag; may be given several times.", valueName: "name=value"))
    var tag: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard name != nil || alias != nil else {
            throw ValidationError("The alias is missing; write it as alias/NAME.")
        }
        guard name == nil || alias == nil else { throw ValidationError("The alias is given twice.") }
        guard !mac || usage == nil || usage == .mac else {
            throw ValidationError("A key is for one use: encrypt, mac or sign.")
        }
        guard let spec, usage == nil, !mac, spec.usages.count > 1 else { return }
        throw ValidationError("Such a key is for encryption or for signatures; say which with --usage.")
    }

    func run() async throws {
        let usage = mac ? KeyDescription.Usage.generateVerifyMAC : usage?.usage ?? spec?.usages.first ?? .encryptDecrypt
        let new = NewKey(
            usage: usage, spec: spec, origin: origin == .external ? .external : .generated, description: description,
            tags: try tag.map(KeyTag.init(written:)), alias: try (name ?? alias).map { try AliasName($0) })
        let keys = try await CofferHome().openGuarded()
        let created = try await keys.change(
            "CreateKey", nil,
            .members(
                ("keyUsage", .string(usage.rawValue)), ("keySpec", .string(new.spec.rawValue)),
                ("origin", .string(new.origin.rawValue)), ("alias", new.alias.map { .string($0.description) })),
            response: { .members(("keyId", .string($0.key.name))) }, { try await $0.createKey(new) })
        try KeyOutput(created).print(json: json)
        guard created.state == .pendingImport else { return }
        let name = created.aliases.first ?? created.key.name
        Terminal.say("\(name) waits for its material", hint: "coffer keys import \(name) --parameters FOLDER")
    }
}

extension KeySpec {
    /// By the name AWS gives it.
    init(written text: String) throws {
        guard let spec = KeySpec(rawValue: text.uppercased()) else {
            let names = KeySpec.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no kind of key \(text); there are \(names).")
        }
        self = spec
    }
}
