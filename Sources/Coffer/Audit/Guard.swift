public import CofferCrypto

/// Does nothing that is not allowed and nothing that is not on the record.
///
/// One way for every door (the API, the command line, pipelines): a use of a key is authorized, done, recorded, and only
/// then handed out; a change is authorized, announced, made, and its outcome recorded. Where the record fails, a result is
/// wiped and the caller gets an ``AuditError`` instead.
public struct Guard: Sendable {
    let authorizer: any Authorizer
    let audit: any AuditSink
    let region: String
    let keyStore: @Sendable () throws -> KeyStoreState?
    let clock: @Sendable () -> Int64
    let randomness: Randomness

    /// A guard. `keyStore` says how the key store stands; `clock` counts milliseconds since 1970.
    public init(
        authorizer: any Authorizer, audit: any AuditSink, region: String,
        keyStore: @escaping @Sendable () throws -> KeyStoreState?, clock: @escaping @Sendable () -> Int64,
        randomness: Randomness = .system
    ) {
        self.authorizer = authorizer
        self.audit = audit
        self.region = region
        self.keyStore = keyStore
        self.clock = clock
        self.randomness = randomness
    }

    /// Authorizes `call`, does `body`, records the outcome, and only then returns the result. `name` turns an error into
    /// the code and sentence for the record.
    ///
    /// Where the record fails the result goes, wiped if it is a secret, and the caller gets the ``AuditError``. A caller who
    /// went away meanwhile is on the record like any other.
    public func use<Result: ~Copyable & Sendable>(
        _ call: GuardedCall,
        naming name: @Sendable (any Error) -> (code: String, message: String) = FailureName.of,
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await authorize(call)
        let result: Result
        do {
            result = try await body()
        } catch {
            try await recordFailure(call, name(error))
            throw error
        }
        try await audit.record(event(call))
        return result
    }

    /// Authorizes `call`, records that it is about to happen, does `body`, and records how it ended. A process that dies
    /// in between leaves an intent without an outcome, which the next start of the log reconciles.
    ///
    /// An ``AuditError`` from the first record means that nothing was changed; one from the second, that it was, and that
    /// the next start will say so.
    public func change<Result: Sendable>(
        _ call: GuardedCall,
        naming name: @Sendable (any Error) -> (code: String, message: String) = FailureName.of,
        _ body: () async throws -> (Result, response: JSON?)
    ) async throws -> Result {
        try await authorize(call)
        try await audit.record(event(call, phase: .intent))
        let (result, response): (Result, JSON?)
        do {
            (result, response) = try await body()
        } catch {
            try await recordFailure(call, name(error))
            throw error
        }
        do {
            try await audit.record(event(call, response: response))
        } catch let error as AuditError {
            throw AuditError(
                error.code, "\(call.operation) was done, but its outcome could not be recorded: \(error.message)",
                hint: error.hint)
        }
        return result
    }

    /// Records a call that was refused before it could be authorized, or one that is only looked at.
    public func record(_ call: GuardedCall, error: (code: String, message: String)?) async throws {
        if let error { try await recordFailure(call, error) } else { try await audit.record(event(call)) }
    }

    /// Throws ``AccessDenied``, after it is on the record, where `call` is not allowed; who can't be decided on is refused.
    public func authorize(_ call: GuardedCall) async throws {
        let decision: Decision
        do {
            decision = try await authorizer.decide(call.request)
        } catch {
            try await recordFailure(call, ("AccessDenied", "no decision: \(FailureName.of(error).message)"))
            throw error
        }
        guard !decision.isAllowed else { return }
        let denial = AccessDenied(call.request, decision)
        try await recordFailure(call, ("AccessDenied", "\(denial): \(decision.reason)"))
        throw denial
    }

    /// A failure is recorded even where the key store can't say how it stands: that may be the failure.
    private func recordFailure(_ call: GuardedCall, _ error: (code: String, message: String)) async throws {
        try await audit.record(event(call, error: error, state: try? keyStore()))
    }

    private func event(
        _ call: GuardedCall, phase: AuditEvent.Phase = .outcome, response: JSON? = nil
    ) throws -> AuditEvent {
        event(call, phase: phase, response: response, error: nil, state: try keyStore())
    }

    private func event(
        _ call: GuardedCall, phase: AuditEvent.Phase = .outcome, response: JSON? = nil,
        error: (code: String, message: String)?, state: KeyStoreState?
    ) -> AuditEvent {
        AuditEvent(
            id: UUIDText.random(randomness), time: clock(), source: call.source, name: call.operation, phase: phase,
            principal: call.request.principal, sourceIP: call.sourceIP, userAgent: call.userAgent, region: region,
            requestID: call.requestID, isReadOnly: call.isReadOnly,
            resources: call.request.resource == "*" ? [] : [call.request.resource], parameters: call.parameters,
            response: response, errorCode: error?.code, errorMessage: error?.message, keyStore: state)
    }
}
