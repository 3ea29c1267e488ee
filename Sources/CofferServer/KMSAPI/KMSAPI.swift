public import Coffer
public import CofferCrypto
public import CofferKMS

/// The AWS KMS API over an embedded key store, and the one operation of STS that its clients need: a function from a
/// request to an answer. HTTP is the server's.
public struct KMSAPI: Sendable {
    let store: KeyStore
    let realm: Realm
    let entrance: Guard
    let directory: KeyDirectory
    let doorkeeper: Doorkeeper
    let randomness: Randomness
    let clock: @Sendable () -> Int64
    let auditFile: (@Sendable (_ path: String) throws -> [UInt8]?)?

    /// An API. `clock` counts milliseconds since 1970. `refused` is told of requests from nobody known. `auditFile` gives files
    /// of the audit log to whoever may read it; nil where that is not offered.
    public init(
        store: KeyStore, realm: Realm, authorizer: any Authorizer, audit: any AuditSink,
        authenticators: [any Authenticator], throttle: ServerSettings.Throttle? = nil,
        refused: @escaping @Sendable (Refusal) -> Void = { _ in },
        auditFile: (@Sendable (_ path: String) throws -> [UInt8]?)? = nil, clock: @escaping @Sendable () -> Int64,
        randomness: Randomness = .system
    ) {
        self.store = store
        self.realm = realm
        self.clock = clock
        self.randomness = randomness
        self.auditFile = auditFile
        directory = KeyDirectory(store, realm)
        doorkeeper = Doorkeeper(
            authenticators: authenticators, throttle: throttle.map { Throttle($0) }, refused: refused, clock: clock)
        entrance = Guard(
            authorizer: authorizer, audit: audit, region: realm.region, keyStore: { try store.keyStoreState() },
            clock: clock, randomness: randomness)
    }

    /// The answer to a request. Never throws: whatever happens, a client gets a code and a sentence.
    public func respond(to request: ServerRequest) async -> ServerResponse {
        let requestID = UUIDText.random(randomness)
        if STSAPI.isMeant(by: request) { return await STSAPI(api: self).respond(to: request, requestID) }
        if let auditFile, request.method == "GET", request.path.hasPrefix(AuditAPI.prefix) {
            return await AuditAPI(api: self, file: auditFile).respond(to: request, requestID)
        }
        do {
            let answer = try await answer(request, requestID)
            return .json(answer?.bytes ?? [], status: 200, requestID)
        } catch {
            return .failure(Failure(error, Wording(realm: realm)), requestID)
        }
    }

    private func answer(_ request: ServerRequest, _ requestID: String) async throws -> JSON? {
        guard request.path == "/" || request.path.isEmpty else { throw Failure.unknownOperation }
        let name = Self.operationName(request)
        let principal = try doorkeeper.admit(request, service: "kms", operation: name)
        guard request.method == "POST", let name, let operation = Operation.named[name] else {
            throw Failure.unknownOperation
        }
        let input = try Input(request.body, operation.members)
        let call = Call(
            api: self, operation: operation, input: input, principal: principal, request: request,
            requestID: requestID)
        try await call.checkGrantTokens()
        return try await operation.answer(call)
    }

    /// What stands behind `TrentService.`
    private static func operationName(_ request: ServerRequest) -> String? {
        guard let target = request.header("x-amz-target"), target.hasPrefix("TrentService.") else { return nil }
        return String(target.dropFirst(13))
    }
}

extension ServerResponse {
    static func json(_ body: [UInt8], status: Int, _ requestID: String) -> ServerResponse {
        ServerResponse(
            status: status,
            headers: [
                ("content-type", "application/x-amz-json-1.1"), ("x-amzn-requestid", requestID),
                ("cache-control", "no-cache, no-store, must-revalidate, private"),
            ], body: body)
    }

    static func failure(_ failure: Failure, _ requestID: String) -> ServerResponse {
        let body = JSON.members(("__type", .string(failure.code)), ("message", .string(failure.message)))
        return .json(body.bytes, status: failure.status, requestID)
    }
}
