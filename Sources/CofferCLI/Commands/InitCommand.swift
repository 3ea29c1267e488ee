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

            Keep a copy of the root key (or the passphrase) and of keys.db where the data is not. Without them all data \
            under the store's keys is lost.
            """)

    @Flag(help: "Seal the store under a passphrase, by scrypt, instead of a root key file.")
    var passphrase = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let keyStore: String
        let rootKey: String?
        let auditLog: String
        let auditKey: String
        let keys: [KeyOutput]
    }

    func run() async throws {
        let home = try CofferHome()
        let isUsingOldRootKey = !passphrase && FileManager.default.fileExists(atPath: home.rootKeyFile)
        let keys = [
            KeyStore.FirstKey(.encryptDecrypt, alias: try AliasName("alias/default")),
            KeyStore.FirstKey(.generateVerifyMAC, alias: try AliasName("alias/default-mac")),
        ]
        let store =
            passphrase
            ? try withNewPassphrase { try KeyStore.create(at: home.directory, seal: $0, keys: keys) }
            : try KeyStore.create(at: home.directory, seal: .file(home.rootKeyFile), keys: keys)
        let described = try await store.keys()
        let verifierKey = try await record(described, store, home)
        if json {
            try Terminal.printJSON(
                Output(
                    keyStore: "\(home.directory)/keys.db", rootKey: passphrase ? nil : home.rootKeyFile,
                    auditLog: home.auditFolder, auditKey: verifierKey,
                    keys: described.map(KeyOutput.init)))
        } else {
            try Terminal.printLine("key store  \(home.directory)/keys.db")
            if !passphrase { try Terminal.printLine("root key   \(home.rootKeyFile)") }
            try Terminal.printLine("audit log  \(home.auditFolder), signed by \(verifierKey)")
            for key in described { try Terminal.printLine("key        \(key.aliases.joined(separator: ", "))") }
        }
        if isUsingOldRootKey { Terminal.say("the root key that was in \(home.rootKeyFile) already is used") }
        let what = passphrase ? "the passphrase and \(home.directory)/keys.db" : "\(home.rootKeyFile) and keys.db"
        Terminal.say("keep a copy of \(what) where the data is not: without it, all data under these keys is lost")
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
