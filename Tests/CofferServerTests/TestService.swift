import Coffer
import CofferCrypto
import CofferKMS
import CofferProviders
import CofferServer
import Foundation
import Synchronization

/// An API over a store in a folder of its own, without sockets: a request in, an answer out.
final class TestService: Sendable {
    static let realm = try! Realm(account: "123456789012", region: "us-east-1")
    let folder: String
    let store: KeyStore
    let record = TestRecord()
    let clock = TestTime()
    let api: KMSAPI
    let credentials: AWSCredentials
    let refused: RefusalList

    init(
        role: Role = .admin, throttle: ServerSettings.Throttle? = nil,
        authorizer: (@Sendable (KeyStore) -> any Authorizer)? = nil
    ) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/coffer-server-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let store = try KeyStore.create(at: folder + "/home", seal: .file(folder + "/root.key"))
        let made = try await store.createAccessKey(try NewAccessKey(name: "tester", roles: [role]))
        credentials = AWSCredentials(accessKeyID: made.id, secret: made.secret.copy())
        self.store = store
        let clock = clock
        let refusals = RefusalList()
        refused = refusals
        api = KMSAPI(
            store: store, realm: Self.realm,
            authorizer: authorizer?(store) ?? StoreAuthorizer(store, realm: Self.realm), audit: record,
            authenticators: [SignatureAuthenticator(store, Self.realm, clock: { clock.now })], throttle: throttle,
            refused: { refusals.add($0) }, clock: { clock.now })
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A signed request.
    func request(_ operation: String, _ input: JSON, target: String? = nil) -> ServerRequest {
        let body = input.bytes
        var signed = SignatureV4.Request(
            method: "POST",
            headers: [
                ("host", "127.0.0.1:8443"), ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", target ?? "TrentService.\(operation)"), ("user-agent", "tests"),
            ], body: .sha256(unsafe Digest.sha256(body.span.bytes)))
        signed.headers += SignatureV4.sign(
            signed, with: credentials, scope: .init(region: "us-east-1", service: "kms"), time: clock.now / 1000
        ).map { ($0.name.lowercased(), $0.value) }
        return ServerRequest(
            method: "POST", path: "/", headers: signed.headers.map { (name: $0.name, value: $0.value) }, body: body,
            address: "127.0.0.1")
    }

    /// What `operation` answers: the status and the body.
    func call(_ operation: String, _ input: JSON = .object([])) async throws -> (status: Int, body: JSON) {
        let response = await api.respond(to: request(operation, input))
        return (response.status, response.body.isEmpty ? .null : try JSON(parsing: response.body))
    }

    /// A fresh key.
    func key(_ input: JSON = .object([])) async throws -> JSON {
        try await call("CreateKey", input).body["KeyMetadata"] ?? .null
    }
}

final class RefusalList: Sendable {
    private let list = Mutex<[Refusal]>([])
    func add(_ refusal: Refusal) { list.withLock { $0.append(refusal) } }
    var all: [Refusal] { list.withLock { $0 } }
}

/// A time that a test sets, in milliseconds.
final class TestTime: Sendable {
    private let time = Mutex<Int64>(1_800_000_000_000)
    var now: Int64 { time.withLock { $0 } }
    func pass(seconds: Int64) { time.withLock { $0 += seconds * 1000 } }
}

/// A record in memory, which can be made to fail.
final class TestRecord: AuditSink {
    private let list = Mutex<[AuditEvent]>([])
    private let failing = Mutex(false)
    var events: [AuditEvent] { list.withLock { $0 } }

    func fail() { failing.withLock { $0 = true } }

    func record(_ event: AuditEvent) async throws {
        if failing.withLock({ $0 }) { throw AuditError(.unavailable, "the disk is full") }
        list.withLock { $0.append(event) }
    }
}
