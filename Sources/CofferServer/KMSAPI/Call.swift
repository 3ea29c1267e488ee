import Coffer
import CofferKMS

/// A call of an operation by somebody who is known, with input that was checked.
struct Call: Sendable {
    let api: KMSAPI
    let operation: Operation
    let input: Input
    let principal: Principal
    let request: ServerRequest
    let requestID: String

    var store: KeyStore { api.store }
    var realm: Realm { api.realm }

    /// The key that the member `name` names. One that is not there goes on the record as this caller's failure.
    func key(_ name: String = "KeyId", aliases: Bool = false) async throws -> NamedKey {
        try await key(named: input.required(name), aliases: aliases)
    }

    /// The key by its text.
    func key(named text: String, aliases: Bool = false) async throws -> NamedKey {
        do {
            return try await api.directory.find(text, aliases: aliases)
        } catch {
            let failure = Failure(error, Wording(realm: realm))
            try await record(failure)
            throw failure
        }
    }

    /// Refuses grant tokens that were not made here. Those that were give no more than their grants do, which count without.
    func checkGrantTokens() async throws {
        for token in input.texts("GrantTokens") where try !store.isPossible(grantToken: token) {
            try await record(.invalidGrantToken)
            throw Failure.invalidGrantToken
        }
    }

    /// Puts on the record what this caller was refused before it was clear which key it is about.
    func record(_ failure: Failure) async throws {
        try await api.entrance.record(guarded(operation.action, on: "*", [:]), error: failure.recorded)
    }

    /// Authorizes, does and records something that leaves the store as it is.
    func use<Result: ~Copyable & Sendable>(
        _ key: NamedKey?, action: String? = nil, also other: NamedKey? = nil, _ conditions: Conditions = .init(),
        _ body: () async throws -> Result
    ) async throws -> Result {
        let call = guarded(action ?? operation.action, on: key?.arn ?? "*", all(conditions, key), also: other)
        let wording = Wording(realm: realm, key: key, operation: operation.name)
        return try await api.entrance.use(call, naming: { Failure($0, wording).recorded }) {
            do { return try await body() } catch { throw Failure(error, wording) }
        }
    }

    /// Authorizes, announces, does and records a change. A dry run stops when all is checked that `check` checks.
    func change<Result: Sendable>(
        _ key: NamedKey?, _ conditions: Conditions = .init(),
        check: () async throws -> Void = {}, _ body: () async throws -> (Result, response: JSON?)
    ) async throws -> Result {
        let call = guarded(operation.action, on: key?.arn ?? "*", all(conditions, key))
        let wording = Wording(realm: realm, key: key, operation: operation.name)
        let naming: @Sendable (any Error) -> (code: String, message: String) = { Failure($0, wording).recorded }
        if isDryRun {
            return try await api.entrance.use(call, naming: naming) {
                do { try await check() } catch { throw Failure(error, wording) }
                throw Failure.dryRun
            }
        }
        return try await api.entrance.change(call, naming: naming) {
            do {
                try await check()
                return try await body()
            } catch { throw Failure(error, wording) }
        }
    }

    /// The same for a change without a result.
    func change(
        _ key: NamedKey?, _ conditions: Conditions = .init(),
        check: () async throws -> Void = {}, _ body: () async throws -> Void
    ) async throws {
        _ = try await change(key, conditions, check: check) {
            try await body()
            return (true, response: nil)
        }
    }

    /// Throws ``AccessDenied``, on the record, where the caller may not do `action` with `resource`.
    func authorize(_ action: String, on resource: String, _ key: NamedKey?, _ conditions: Conditions = .init())
        async throws
    {
        try await api.entrance.authorize(guarded(action, on: resource, all(conditions, key)))
    }

    var isDryRun: Bool { input.bool("DryRun") }

    /// In a dry run, what ends it when all was well.
    func endOfDryRun() throws(Failure) {
        if isDryRun { throw .dryRun }
    }

    private func guarded(
        _ action: String, on resource: String, _ conditions: [String: [String]], also other: NamedKey? = nil
    ) -> GuardedCall {
        var parameters = input.recorded(operation.members)
        if let other, case .object(let members) = parameters {
            parameters = .object(members + [JSON.Member("sourceKeyArn", .string(other.arn))])
        }
        return GuardedCall(
            AccessRequest(
                principal, action, on: resource, conditions: conditions, grantTokens: input.texts("GrantTokens")),
            operation: operation.name, isReadOnly: operation.effect == .use,
            parameters: parameters, sourceIP: request.address,
            userAgent: request.header("user-agent"), requestID: requestID)
    }

    private func all(_ conditions: Conditions, _ key: NamedKey?) -> [String: [String]] {
        var all = key?.conditions ?? [:]
        all["kms:CallerAccount"] = [principal.account]
        all["aws:SecureTransport"] = [request.isSecure ? "true" : "false"]
        all["aws:RequestedRegion"] = [realm.region]
        if let address = request.address { all["aws:SourceIp"] = [address] }
        if let agent = request.header("user-agent") { all["aws:UserAgent"] = [agent] }
        for (name, values) in conditions.values { all[name] = values }
        return all
    }
}

/// The condition keys that an operation brings along, beside those of every request and those of its key.
struct Conditions: Sendable {
    private(set) var values: [String: [String]] = [:]

    init() {}
    init(_ name: String, _ value: String?) { self[name] = value }

    subscript(name: String) -> String? {
        get { values[name]?.first }
        set { values[name] = newValue.map { [$0] } }
    }

    mutating func set(_ name: String, _ all: [String]) { values[name] = all }

    /// Adds the encryption context.
    mutating func add(context: [String: String]) {
        guard !context.isEmpty else { return }
        for (name, value) in context { values["kms:EncryptionContext:\(name)"] = [value] }
        values["kms:EncryptionContextKeys"] = context.keys.sorted()
    }

    /// Adds the tags that a request brings.
    mutating func add(tags: [KeyTag]) {
        guard !tags.isEmpty else { return }
        for tag in tags { values["aws:RequestTag/\(tag.name)"] = [tag.value] }
        values["aws:TagKeys"] = tags.map(\.name).sorted()
    }
}
