import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys import`.
struct KeysImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import the material of a key that was made with --origin external.",
        discussion: """
            First --parameters writes wrapping-key.der (a public RSA key) and import-token.bin into a folder. Then wrap the \
            material with that key, where the material is, and give it with --material and --token, within a day. A key \
            takes one material for good; the same may come again after it was deleted or has expired.
            With --tink all of it is done at once with the primary key of a Tink keyset, which is AES-256-GCM or HMAC. What \
            Tink sealed opens with the keyset itself, coffer decrypt -k tink:…, and not with the imported key.
            """)

    @OptionGroup var key: KeyArgument

    @Option(
        help: ArgumentHelp("Write the public key to wrap with and the token into this folder.", valueName: "folder"))
    var parameters: String?

    @Option(
        help: ArgumentHelp(
            "How the material will be wrapped: \(WrappingAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "algorithm"),
        transform: WrappingAlgorithm.init(written:))
    var wrappingAlgorithm = WrappingAlgorithm.rsaAESKeyWrapSHA256

    @Option(
        help: ArgumentHelp("The key to wrap with: RSA_2048, RSA_3072 or RSA_4096.", valueName: "spec"),
        transform: KeySpec.init(written:))
    var wrappingSpec = KeySpec.rsa4096

    @Option(help: ArgumentHelp("The wrapped material.", valueName: "file"))
    var material: String?

    @Option(help: ArgumentHelp("The token that came with the public key.", valueName: "file"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "The material is the primary key of this Tink keyset; PATH?kek=KEY where it is encrypted.",
            valueName: "keyset"))
    var tink: String?

    @Option(help: ArgumentHelp("Have the material go after so many days, 1 to 365.", valueName: "n"))
    var expiresAfterDays: Int?

    @Flag(help: "Delete the material; the key waits for the same material to be imported again.")
    var deleteMaterial = false

    @Flag(help: "Delete it though catalogues need it.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let isImport = material != nil || token != nil || tink != nil
        guard [parameters != nil, isImport, deleteMaterial].count(where: \.self) == 1 else {
            throw ValidationError(
                "Say --parameters FOLDER, or --material FILE --token FILE, or --tink KEYSET, or --delete-material.")
        }
        guard tink == nil || material == nil && token == nil else {
            throw ValidationError("--tink brings its own material.")
        }
        guard (material == nil) == (token == nil) else {
            throw ValidationError("Material and token go together: --material FILE --token FILE.")
        }
        guard expiresAfterDays == nil || isImport else { throw ValidationError("Only material expires.") }
        guard expiresAfterDays.map({ (1...365).contains($0) }) ?? true else {
            throw ValidationError("Material expires after 1 to 365 days.")
        }
    }

    func run() async throws {
        let id = try key.id()
        let keys = try await CofferHome().openGuarded()
        if let parameters { return try await writeParameters(keys, id, into: parameters) }
        if deleteMaterial {
            let output = try await keys.change("DeleteImportedKeyMaterial", id) {
                try await $0.deleteImportedMaterial(of: id, isForced: force)
            }
            Terminal.say(
                "\(id.name) waits for the same material", hint: "coffer keys import \(id.name) --parameters FOLDER")
            return try KeyOutput(output).print(json: json)
        }
        let (token, wrapped): ([UInt8], [UInt8])
        if let tink {
            (token, wrapped) = try await TinkImport.prepare(TinkArgument(tink), for: id, in: keys)
        } else {
            token = try SmallFile.read(self.token ?? "", limit: 6144, what: "import token")
            wrapped = try SmallFile.read(material ?? "", limit: 6144, what: "wrapped material")
        }
        let expires = expiresAfterDays.map { SystemClock.seconds + Int64($0) * 86400 }
        let imported = try await keys.change(
            "ImportKeyMaterial", id, .members(("validTo", expires.map { .integer($0) }))
        ) { try await $0.importMaterial(for: id, token: token, wrapped: wrapped, expires: expires) }
        try KeyOutput(imported).print(json: json)
    }

    private struct Output: Encodable {
        let id: String
        let wrappingKey: String
        let importToken: String
        let wrappingAlgorithm: String
        let wrappingSpec: String
        let validTo: String
    }

    private func writeParameters(_ keys: GuardedStore, _ id: KeyID, into folder: String) async throws {
        let (algorithm, spec) = (wrappingAlgorithm, wrappingSpec)
        let parameters = try await keys.importParameters(for: id, algorithm, spec)
        let (publicKey, token) = ("\(folder)/wrapping-key.der", "\(folder)/import-token.bin")
        try SmallFile.create(publicKey, parameters.publicKey)
        try SmallFile.create(token, parameters.token)
        let output = Output(
            id: parameters.key.name, wrappingKey: publicKey, importToken: token,
            wrappingAlgorithm: algorithm.rawValue, wrappingSpec: spec.rawValue, validTo: date(parameters.validTo))
        Terminal.say(
            "wrap the material with \(publicKey) before \(output.validTo)",
            hint: "coffer keys import \(id.name) --material FILE --token \(token)")
        if json { return try Terminal.printJSON(output) }
        try Terminal.printTable(
            ["WRAPPING KEY", "TOKEN", "ALGORITHM", "VALID TO"],
            [[publicKey, token, algorithm.rawValue, output.validTo]])
    }
}

extension GuardedStore {
    /// What material for the key is wrapped with.
    func importParameters(
        for key: KeyID, _ algorithm: WrappingAlgorithm, _ spec: KeySpec
    ) async throws -> ImportParameters {
        try await use(
            "GetParametersForImport", key,
            .members(
                ("wrappingAlgorithm", .string(algorithm.rawValue)), ("wrappingKeySpec", .string(spec.rawValue)))
        ) { try await $0.importParameters(for: key, wrappingAlgorithm: algorithm, wrappingKeySpec: spec) }
    }
}

extension WrappingAlgorithm {
    /// By the name AWS gives it.
    fileprivate init(written text: String) throws {
        guard let algorithm = WrappingAlgorithm(rawValue: text.uppercased()) else {
            let names = WrappingAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("Material is not wrapped by \(text); it is by \(names).")
        }
        self = algorithm
    }
}
