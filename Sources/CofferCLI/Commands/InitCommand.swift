import ArgumentParser
import Coffer
import CofferAudit
import CofferCrypto
import CofferKMS
import FoundationEssentials

/// `coffer init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a key store, its root key, alias/default and alias/default-mac.",
        discussion: """
            The store is keys.db in $COFFER_HOME (~/.coffer). The root key is written to $COFFER_ROOT_KEY \
            (~/.config/coffer/root.key, or beside a $COFFER_HOME that is set), never into the store's folder; one that \
            is there already is used. Nothing that exists is overwritten.

            With --seal or --seal-key the root key is in the store itself, sealed by an AES key in a PKCS #11 token or by a \
            key of another service; every later command needs $COFFER_SEAL, set to the same URI. A PIN comes from the \
            URI's pin-source, $COFFER_PKCS11_PIN, $COFFER_PKCS11_PIN_FILE, or is asked for.

            Keep a copy of the root key (or the passphrase, or what seals it), of keys.db and of the key of the audit log \
            (audit.key beside the root key) where the data is not. Without the first two all data under the store's keys \
            is lost; without the third the record can't go on.
            """)

    @Flag(help: "Seal the store under a passphrase, by scrypt, instead of a root key file.")
    var passphrase = false

    @Option(
        help: ArgumentHelp(
            "Seal the store by a PKCS #11 token: pkcs11:token=…;object=…?module-path=…, or pkcs11 with the next three.",
            valueName: "uri"))
    var seal: String?

    @Option(help: ArgumentHelp("The file of the PKCS #11 module.", valueName: "path"))
    var pkcs11Module: String?

    @Option(help: ArgumentHelp("The label of the token.", valueName: "label"))
    var tokenLabel: String?

    @Option(help: ArgumentHelp("The label of the AES key in it; made if it is not there.", valueName: "label"))
    var keyLabel: String?

    @Option(help: ArgumentHelp("Seal the store by a key of another service: aws-kms://ARN.", valueName: "uri"))
    var sealKey: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let keyStore: String
        let rootKey: String?
        let seal: String?
        let auditLog: String
        let auditKey: String
        let keys: [KeyOutput]
    }

    func validate() throws {
        guard [passphrase, seal != nil, sealKey != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("A store is sealed in one way.")
        }
        let hasLabels = pkcs11Module != nil || tokenLabel != nil || keyLabel != nil
        guard !hasLabels || seal == "pkcs11" else { throw ValidationError("Module and labels go with --seal pkcs11.") }
        guard seal != "pkcs11" || (tokenLabel != nil && keyLabel != nil) else {
            throw ValidationError("--seal pkcs11 needs --token-label and --key-label.")
        }
    }

    func run() async throws {
        let home = try CofferHome()
        let uri = try sealURI()
        let isInFile = !passphrase && uri == nil
        let isUsingOldRootKey = isInFile && FileManager.default.fileExists(atPath: home.rootKeyFile)
        let keys = [
            KeyStore.FirstKey(.encryptDecrypt, alias: try AliasName("alias/default")),
            KeyStore.FirstKey(.generateVerifyMAC, alias: try AliasName("alias/default-mac")),
        ]
        let store =
            if let uri {
                try KeyStore.create(at: home.directory, seal: try await prepared(uri, home), keys: keys)
            } else if passphrase {
                try withNewPassphrase { try KeyStore.create(at: home.directory, seal: $0, keys: keys) }
            } else {
                try KeyStore.create(at: home.directory, seal: .file(home.rootKeyFile), keys: keys)
            }
        let described = try await store.keys()
        let verifierKey = try await record(described, store, home)
        if json {
            try Terminal.printJSON(
                Output(
                    keyStore: "\(home.directory)/keys.db", rootKey: isInFile ? home.rootKeyFile : nil, seal: uri,
                    auditLog: home.auditFolder, auditKey: verifierKey,
                    keys: described.map(KeyOutput.init)))
        } else {
            try Terminal.printLine("key store  \(home.directory)/keys.db")
            if isInFile { try Terminal.printLine("root key   \(home.rootKeyFile)") }
            if let uri { try Terminal.printLine("sealed by  \(uri)") }
            try Terminal.printLine("audit log  \(home.auditFolder), signed by \(verifierKey)")
            for key in described { try Terminal.printLine("key        \(key.aliases.joined(separator: ", "))") }
        }
        if isUsingOldRootKey { Terminal.say("the root key that was in \(home.rootKeyFile) already is used") }
        let auditKey = "of \(home.auditKeyFile), too: without it the record can't go on, and no key is used"
        if let uri {
            Terminal.say("every command needs to know what seals the store", hint: "export COFFER_SEAL='\(uri)'")
            let what = sealKey == nil ? "the token or its backup" : "that key"
            Terminal.say(
                "keep \(what) for as long as the data, and a copy of keys.db where the data is not: without both, all "
                    + "data under these keys is lost; \(auditKey)")
        } else {
            let what = passphrase ? "the passphrase and \(home.directory)/keys.db" : "\(home.rootKeyFile) and keys.db"
            Terminal.say(
                "keep a copy of \(what) where the data is not: without it, all data under these keys is lost; \(auditKey)"
            )
        }
    }

    /// What seals the store; nil for a file or a passphrase.
    private func sealURI() throws -> String? {
        if let sealKey { return sealKey }
        guard seal == "pkcs11", let tokenLabel, let keyLabel else { return seal }
        let address = try TokenAddress(token: tokenLabel, key: keyLabel, module: pkcs11Module)
        return address.description + (pkcs11Module.map { "?module-path=\($0)" } ?? "")
    }

    /// The seal at `uri`, ready for a new store.
    private func prepared(_ uri: String, _ home: CofferHome) async throws -> RootSeal {
        guard !FileManager.default.fileExists(atPath: "\(home.directory)/keys.db") else {
            throw KeyError(
                .alreadyExists, "there is a key store in \(home.directory) already",
                hint: "use it, or set COFFER_HOME to another folder")
        }
        switch try SealChoice(uri) {
        case .token(let token):
            if try token.makeKey() { Terminal.say("an AES key “\(token.address.key)” was made in the token") }
            return .token(token)
        case .key(let key):
            try await key.prepare(for: home.directory)
            return .key(key)
        }
    }

    /// Begins the audit log with the store and its keys.
    private func record(_ keys: [KeyDescription], _ store: KeyStore, _ home: CofferHome) async throws -> String {
        let file = try CofferFile.read()
        let log = try home.openAudit(file, isNew: true) { $0.interval = nil }
        let record = CommandRecord(log: log, realm: file.realm) { try store.keyStoreState() }
        let guarded = GuardedStore(store: store, record: record)
        try await guarded.change(
            "CreateKeyStore", nil, .members(("folder", .string(home.directory)), ("passphrase", .bool(passphrase))),
            response: { _ in .members(("keys", .array(keys.map { .string($0.key.name) }))) }, { _ in })
        return log.key.verifierKey
    }

    /// Asks once, though a seal is opened twice: when the store is made, and when it is opened to check it.
    private func withNewPassphrase<T>(_ body: (RootSeal) throws -> T) throws -> T {
        let asked = Shared(try Passphrase.new())
        return try body(.passphrase { asked.secret.copy() })
    }
}
