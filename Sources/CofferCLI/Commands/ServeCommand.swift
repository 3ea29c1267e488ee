import ArgumentParser
import Coffer
import CofferAudit
import CofferKMS
import CofferProviders
import CofferServer

/// `coffer serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the key store by the AWS KMS API.",
        discussion: """
            Clients sign with access keys: coffer access-keys create makes one.
            Over TLS with tls: in coffer.yaml; to try it out on one machine, with --insecure-http.
            """)

    @Option(help: ArgumentHelp("Where to listen, by default 127.0.0.1:8443; port 0 chooses one.", valueName: "address"))
    var listen: String?

    @Option(
        help: ArgumentHelp("The configuration, by default coffer.yaml in the home of the store.", valueName: "file"))
    var config: String?

    @Option(help: "The account of the ARNs, twelve digits.")
    var account: String?

    @Option(help: "The region of the ARNs.")
    var region: String?

    @Flag(name: .customLong("insecure-http"), help: "Plain HTTP, for this machine only.")
    var isInsecure = false

    @Flag(help: "Print where it listens as JSON.")
    var json = false

    struct Listening: Encodable {
        let listening: String
        let account: String
        let region: String
    }

    func run() async throws {
        let file = try CofferFile.read(config).moved(account: account, region: region)
        let (address, settings) = try place(file.server)
        let home = try CofferHome()
        Hardening.protectService()
        Server.shareThreads()
        let store = try home.openStore()
        store.lookForChanges(atMostEvery: .milliseconds(1))
        let log = try home.openAudit(file)
        let record = CommandRecord(log: log, realm: file.realm) { try store.keyStoreState() }
        _ = try await home.guarded(store, record)
        try await compare(log, file)
        try await warnOfStrangers(store, file.realm)
        let server = Server(
            api(store, log, file.realm, settings), at: address, settings: settings,
            health: { Self.health(store, log) }
        ) { address in say(address, settings, file.realm) }
        do {
            try await server.runUntilStopped(with: [upkeep(store, record)])
        } catch let error as ServerError {
            throw CommandError(error.message, hint: error.hint)
        }
    }

    /// Says where policies of keys were written for another account: nobody of this one is allowed by them.
    private func warnOfStrangers(_ store: KeyStore, _ realm: Realm) async throws {
        var strange: [(key: KeyDescription, account: String)] = []
        for key in try await store.keys() {
            guard let policy = try await store.policy(of: key.key) else { continue }
            let accounts = policy.split { !$0.isASCII || !$0.isNumber }.filter { $0.utf8.count == 12 }
            guard let first = accounts.first, !accounts.contains(realm.account[...]) else { continue }
            strange.append((key, String(first)))
        }
        guard let first = strange.first else { return }
        let name = first.key.aliases.first ?? first.key.key.name
        Terminal.say(
            "the policy of \(name)\(strange.count > 1 ? " (and \(strange.count - 1) more)" : "") was written for account "
                + "\(first.account): it allows nobody of \(realm.account)",
            hint: "set account: in coffer.yaml, or coffer keys policy put \(name) --default")
    }

    /// Refuses a log that is older than what the witness outside has; one that can't be asked is no reason not to serve.
    private func compare(_ log: AuditLog, _ file: CofferFile) async throws {
        guard let webhook = try AuditSettings(file).webhook else { return }
        let note: [UInt8]?
        do {
            note = try await AuditSettings.checkpoint(of: webhook)
        } catch AuditError.Code.unavailable {
            return Terminal.say("\(webhook.name) can't be asked, so the audit log was not compared with its witness")
        }
        if let note { try log.check(witnessed: note, by: webhook.name) }
    }

    private func api(_ store: KeyStore, _ log: AuditLog, _ realm: Realm, _ settings: ServerSettings) -> KMSAPI {
        let clock: @Sendable () -> Int64 = { AuditClock.milliseconds }
        return KMSAPI(
            store: store, realm: realm, authorizer: StoreAuthorizer(store, realm: realm), audit: log,
            authenticators: [SignatureAuthenticator(store, realm, clock: clock)], throttle: settings.throttle,
            refused: { log.recordUnauthenticated(code: $0.code, reason: $0.trouble, sourceIP: $0.address) },
            auditFile: { try log.publishedFile($0) }, clock: clock)
    }

    private func upkeep(_ store: KeyStore, _ record: CommandRecord) -> Upkeep {
        Upkeep(of: store, on: record) { error in
            Terminal.say(
                "what happened to keys by itself is not on the record yet: \(FailureName.of(error).message)",
                hint: "it waits in the key store, and is tried again each minute")
        }
    }

    private static func health(_ store: KeyStore, _ log: AuditLog) -> Health {
        var troubles: [String] = []
        if !log.isAvailable { troubles.append("the audit log can't be written, so no key is used") }
        do { _ = try store.generation } catch { troubles.append("the key store can't be read") }
        return Health(troubles: troubles, warnings: log.warnings)
    }

    private func say(_ address: ListenAddress, _ settings: ServerSettings, _ realm: Realm) {
        let url = "\(settings.tls == nil ? "http" : "https")://\(address)"
        if json {
            try? Terminal.printJSON(Listening(listening: url, account: realm.account, region: realm.region))
        } else {
            try? Terminal.printLine("listening on \(url)")
        }
    }

    /// Where it listens and how: never in the clear for other machines, never in the clear unless somebody says so.
    private func place(_ settings: ServerSettings) throws -> (ListenAddress, ServerSettings) {
        var settings = settings
        var address = settings.listen ?? .standard
        if let listen {
            guard let parsed = ListenAddress(listen) else {
                throw CommandError("“\(listen)” is not an address and a port", hint: "write it as 127.0.0.1:8443")
            }
            address = parsed
        }
        if isInsecure {
            guard address.isLoopback else {
                throw CommandError(
                    "plain HTTP is for this machine only, and \(address) is open to others",
                    hint: "listen on 127.0.0.1, or leave --insecure-http out and set tls: in coffer.yaml")
            }
            settings.tls = nil
        } else if settings.tls == nil {
            throw CommandError(
                "there is no certificate to serve with",
                hint: "set tls: { certificate: …, key: … } in coffer.yaml, or try it out with --insecure-http")
        }
        return (address, settings)
    }
}
