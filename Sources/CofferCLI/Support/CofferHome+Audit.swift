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
        let settings = try AuditSettings(file)
        options.witness = settings.file
        options.push = settings.push
        options.notice = { Terminal.say($0) }
        options.mayCreate = isNew
        change(&options)
        let log = try AuditLog.open(at: auditFolder, keyFile: auditKeyFile, options: options)
        OpenLogs.add(log)
        return log
    }

    /// Opens the key store behind its guard: whatever uses or changes keys goes through it.
    func openGuarded(_ file: CofferFile? = nil) async throws -> GuardedStore {
        let store = try openStore()
        let record = try openRecord(file) { try store.keyStoreState() }
        return try await guarded(store, record)
    }

    /// Opens the record of a command. `keyStore` says how the store stands, where it is open.
    func openRecord(
        _ file: CofferFile? = nil, isNew: Bool = false, keyStore: @escaping @Sendable () throws -> KeyStoreState?
    ) throws -> CommandRecord {
        let file = try file ?? CofferFile.read()
        return CommandRecord(
            log: try openAudit(file, isNew: isNew) { $0.interval = nil }, realm: file.realm, keyStore: keyStore)
    }

    /// A store that was just opened, after the record was compared with it.
    func guarded(_ store: KeyStore, _ record: CommandRecord) async throws -> GuardedStore {
        let guarded = GuardedStore(store: store, record: record)
        for finding in try await record.log.reconcile(keyStore: { try store.keyStoreState() }) {
            Terminal.say(finding)
        }
        try await store.recordDueEvents(on: record)
        return guarded
    }
}

/// The record of one command, and who it names: the owner of the store, by the name of the machine's user.
struct CommandRecord: Sendable {
    let log: AuditLog
    let realm: Realm
    let `guard`: Guard
    let owner: Principal
    /// What the events of a run have in common.
    let requestID = UUIDText.random(.system)

    init(log: AuditLog, realm: Realm, keyStore: @escaping @Sendable () throws -> KeyStoreState?) {
        (self.log, self.realm) = (log, realm)
        owner = Principal(.owner, arn: realm.root, account: realm.account, name: Self.user)
        self.guard = Guard(
            authorizer: OwnerAuthorizer(), audit: log, region: realm.region, keyStore: keyStore,
            clock: { AuditClock.milliseconds })
    }

    /// The name of the machine's user.
    private static var user: String {
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
            return "uid-\(geteuid())"
        }
        return unsafe String(cString: name)
    }

    static let agent = "coffer/\(Version.current)"

    /// What the owner asks for, by the name AWS gives it.
    func call(
        _ operation: String, _ resource: String, _ parameters: JSON, isReadOnly: Bool = false,
        requestID: String = UUIDText.random(.system)
    ) -> GuardedCall {
        GuardedCall(
            AccessRequest(owner, "kms:\(operation)", on: resource), operation: operation, isReadOnly: isReadOnly,
            parameters: parameters, userAgent: Self.agent, requestID: requestID)
    }

    /// A run or reveal of a pipeline: announced, done, and its outcome recorded with what `result` says of it.
    func run<T: Sendable>(
        _ operation: String, _ parameters: JSON, result: @Sendable (T) -> JSON,
        naming: @escaping @Sendable (any Error) -> (code: String, message: String), _ body: () async throws -> T
    ) async throws -> T {
        let call = GuardedCall(
            AccessRequest(owner, "coffer:\(operation)", on: "*"), operation: operation, source: "coffer.pipeline",
            isReadOnly: ["Reveal", "Detokenize"].contains(operation), parameters: parameters, userAgent: Self.agent,
            requestID: requestID)
        return try await `guard`.change(call, naming: naming) {
            let value = try await body()
            return (value, response: result(value))
        }
    }
}

/// The embedded key store for its owner: everything goes over the record.
struct GuardedStore: Sendable {
    let store: KeyStore
    let record: CommandRecord

    /// The keys, for pipelines.
    var keys: GuardedKMS<KeyStore> { guarding(store) }

    /// The keys, for many messages: every use is authorized and recorded, whether its data key is a new one or not.
    func keys(sharing limits: DataKeyLimits) -> GuardedKMS<DataKeyCache<KeyStore>> {
        guarding(DataKeyCache(store, limits: limits))
    }

    private func guarding<Service: KeyManagementService>(_ service: Service) -> GuardedKMS<Service> {
        GuardedKMS(
            service, for: record.owner, by: record.guard, realm: record.realm, requestID: record.requestID,
            userAgent: CommandRecord.agent)
    }

    /// A use of a key that changes nothing, by the name AWS gives it.
    func use<T: Sendable>(
        _ operation: String, _ key: KeyID? = nil, _ parameters: JSON = .object([]),
        _ body: @Sendable (KeyStore) async throws -> T
    ) async throws -> T {
        let call = await call(operation, key, parameters, isReadOnly: true)
        return try await record.guard.use(call) { try await body(store) }
    }

    /// A change, by the name AWS gives it: announced, made, and its outcome recorded.
    @discardableResult
    func change<T: Sendable>(
        _ operation: String, _ key: KeyID? = nil, _ parameters: JSON = .object([]),
        response: @Sendable (T) -> JSON? = { _ in nil }, _ body: @Sendable (KeyStore) async throws -> T
    ) async throws -> T {
        let call = await call(operation, key, parameters, isReadOnly: false)
        return try await record.guard.change(call) {
            let result = try await body(store)
            return (result, response: response(result))
        }
    }

    private func call(
        _ operation: String, _ key: KeyID?, _ parameters: JSON, isReadOnly: Bool
    ) async -> GuardedCall {
        var resource = "*"
        if let key { resource = await record.realm.resource(key, in: store) }
        return record.call(operation, resource, parameters, isReadOnly: isReadOnly)
    }
}

/// The logs that a command opened: closed when it ends, however it ends, so that tiles and checkpoint follow.
enum OpenLogs {
    private static let logs = Mutex<[AuditLog]>([])

    static func add(_ log: AuditLog) { logs.withLock { $0.append(log) } }

    static var first: AuditLog? { logs.withLock { $0.first } }

    static func close() async { for log in logs.withLock({ $0 }) { await log.close() } }
}
