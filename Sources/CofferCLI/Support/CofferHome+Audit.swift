import Coffer
import CofferAudit
import CofferCrypto
import CofferKMS
import FoundationEssentials
import Glibc
import Synchronization

extension CofferHome {
    /// Where the audit log is.
    var auditFolder: String { "\(directory)/audit" }

    /// The key of the audit log: `$COFFER_AUDIT_KEY`, else `audit.key` beside the root key.
    var auditKeyFile: String {
        if let path = ProcessInfo.processInfo.environment["COFFER_AUDIT_KEY"], !path.isEmpty { return path }
        guard rootKeyFile.hasSuffix("root.key") else { return rootKeyFile + ".audit.key" }
        return rootKeyFile.dropLast("root.key".count) + "audit.key"
    }

    /// Opens the audit log. Where there has never been one, it is begun and its key made; one that is gone is an error.
    func openAudit(
        _ file: CofferFile, isNew: Bool = false, _ change: (inout AuditLog.Options) -> Void = { _ in }
    ) throws -> AuditLog {
        var options = AuditLog.Options()
        options.realm = file.realm
        options.witness = try AuditSettings(file.audit).witness
        options.notice = { Terminal.say($0) }
        let isKnown = FileManager.default.fileExists(atPath: auditKeyFile)
        let isThere = FileManager.default.fileExists(atPath: auditFolder + "/journal")
        options.mayCreate = isNew || !isKnown
        change(&options)
        let key =
            try isKnown || isThere
            ? AuditKey.read(at: auditKeyFile) : AuditKey.create(at: auditKeyFile)
        let log = try AuditLog.open(at: auditFolder, key: key, options: options)
        OpenLogs.add(log)
        return log
    }

    /// Opens the key store behind its guard: whatever uses or changes keys goes through it.
    func openGuarded(_ file: CofferFile? = nil) async throws -> GuardedStore {
        let file = try file ?? CofferFile.read()
        let store = try openStore()
        let log = try openAudit(file) { $0.interval = nil }
        let guarded = GuardedStore(store: store, log: log, realm: file.realm)
        for finding in try await log.reconcile(keyStore: { try store.keyStoreState() }) { Terminal.say(finding) }
        for key in store.destroyedAtOpen { try await guarded.recordDestruction(of: key) }
        return guarded
    }
}

/// What `audit:` in coffer.yaml says.
struct AuditSettings {
    /// A file elsewhere that gets every checkpoint: `audit.witness`, else `$COFFER_AUDIT_WITNESS`.
    let witness: String?

    init(_ node: Coffer.Node?) throws {
        let environment = ProcessInfo.processInfo.environment["COFFER_AUDIT_WITNESS"].flatMap { $0.isEmpty ? nil : $0 }
        witness = try node.flatMap { try Section($0, "audit", keys: ["witness"]).text("witness") } ?? environment
    }
}

/// The embedded key store for its owner: everything goes over the record.
struct GuardedStore: Sendable {
    let store: KeyStore
    let log: AuditLog
    let realm: Realm
    let `guard`: Guard
    /// Who the record names: the owner of the store, by the name of the machine's user.
    let owner: Principal
    /// What the events of this command have in common.
    let requestID = UUIDText.random(.system)

    init(store: KeyStore, log: AuditLog, realm: Realm) {
        (self.store, self.log, self.realm) = (store, log, realm)
        owner = Principal(.owner, arn: realm.root, account: realm.account, name: Self.user)
        self.guard = Guard(
            authorizer: OwnerAuthorizer(), audit: log, region: realm.region,
            keyStore: { try store.keyStoreState() }, clock: { AuditClock.milliseconds })
    }

    /// The name of the machine's user.
    static var user: String {
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
            return "uid-\(geteuid())"
        }
        return unsafe String(cString: name)
    }

    static let agent = "coffer/\(Version.current)"

    /// The keys, for pipelines.
    var keys: GuardedKMS<KeyStore> {
        GuardedKMS(store, for: owner, by: `guard`, realm: realm, requestID: requestID, userAgent: Self.agent)
    }

    /// A use of a key that changes nothing, by the name AWS gives it.
    func use<T: Sendable>(
        _ operation: String, _ key: KeyID? = nil, _ parameters: JSON = .object([]),
        _ body: @Sendable (KeyStore) async throws -> T
    ) async throws -> T {
        let call = await call(operation, key, parameters, isReadOnly: true)
        return try await `guard`.use(call) { try await body(store) }
    }

    /// A change, by the name AWS gives it: announced, made, and its outcome recorded.
    @discardableResult
    func change<T: Sendable>(
        _ operation: String, _ key: KeyID? = nil, _ parameters: JSON = .object([]),
        response: @Sendable (T) -> JSON? = { _ in nil }, _ body: @Sendable (KeyStore) async throws -> T
    ) async throws -> T {
        let call = await call(operation, key, parameters, isReadOnly: false)
        return try await `guard`.change(call) {
            let result = try await body(store)
            return (result, response: response(result))
        }
    }

    private func call(
        _ operation: String, _ key: KeyID?, _ parameters: JSON, isReadOnly: Bool
    ) async -> GuardedCall {
        var resource = "*"
        if let key { resource = await realm.resource(key, in: store) }
        return GuardedCall(
            AccessRequest(owner, "kms:\(operation)", on: resource), operation: operation, isReadOnly: isReadOnly,
            parameters: parameters, userAgent: Self.agent, requestID: UUIDText.random(.system))
    }

    /// A run or reveal of a pipeline: announced, done, and its outcome recorded with what `result` says of it.
    func run<T: Sendable>(
        _ operation: String, _ parameters: JSON, result: @Sendable (T) -> JSON,
        naming: @escaping @Sendable (any Error) -> (code: String, message: String), _ body: () async throws -> T
    ) async throws -> T {
        let call = GuardedCall(
            AccessRequest(owner, "coffer:\(operation)", on: "*"), operation: operation, source: "coffer.pipeline",
            isReadOnly: operation == "Reveal", parameters: parameters, userAgent: Self.agent, requestID: requestID)
        return try await `guard`.change(call, naming: naming) {
            let value = try await body()
            return (value, response: result(value))
        }
    }

    /// A key whose waiting period was over was destroyed: nobody's request, but an event.
    func recordDestruction(of key: DestroyedKey) async throws {
        let call = GuardedCall(
            AccessRequest(owner, "kms:DeleteKey", on: realm.key(key.key.name)), operation: "DeleteKey",
            isReadOnly: false, parameters: .members(("keyId", .string(realm.key(key.key.name)))),
            userAgent: Self.agent, requestID: UUIDText.random(.system))
        try await `guard`.record(call, error: nil)
    }
}

/// The logs that a command opened: closed when it ends, however it ends, so that tiles and checkpoint follow.
enum OpenLogs {
    private static let logs = Mutex<[AuditLog]>([])

    static func add(_ log: AuditLog) { logs.withLock { $0.append(log) } }

    static func close() async { for log in logs.withLock({ $0 }) { await log.close() } }
}
