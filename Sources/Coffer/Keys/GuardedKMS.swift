public import CofferCrypto

/// A key service behind a ``Guard``: each use of a key is authorized, done, put on the record, and only then handed out.
///
/// Wraps caches too, so that every hit is authorized and recorded. Looking at a key (``describe(_:)``) and remembering
/// where keys are needed is no use of a key and leaves no event.
public struct GuardedKMS<Service: KeyManagementService>: KeyManagementService {
    private let service: Service
    private let `guard`: Guard
    private let principal: Principal
    private let realm: Realm
    private let userAgent: String?
    private let requestID: String

    /// Guards `service` for one principal. All its events carry `requestID`, by which those of one run are found.
    public init(
        _ service: Service, for principal: Principal, by guard: Guard, realm: Realm, requestID: String,
        userAgent: String? = nil
    ) {
        self.service = service
        self.guard = `guard`
        self.principal = principal
        self.realm = realm
        self.userAgent = userAgent
        self.requestID = requestID
    }

    /// A fresh data key; recorded as `GenerateDataKey`.
    public func generateDataKey(
        under key: KeyID, byteCount: Int, context: EncryptionContext
    ) async throws -> DataKey {
        let call = await call("GenerateDataKey", key, context, ("numberOfBytes", .integer(byteCount)))
        return try await `guard`.use(call, naming: FailureName.of) {
            try await service.generateDataKey(under: key, byteCount: byteCount, context: context)
        }
    }

    /// A wrapped key; recorded as `Encrypt`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        let call = await call("Encrypt", key, context)
        // What is borrowed can't be seen in a closure.
        let copy = SharedSecret(plaintext.copy())
        return try await `guard`.use(call, naming: FailureName.of) {
            try await service.wrap(copy.secret, under: key, context: context)
        }
    }

    /// The key inside; recorded as `Decrypt`.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        let call = await call("Decrypt", wrapped.key, context)
        return try await `guard`.use(call, naming: FailureName.of) {
            try await service.unwrap(wrapped, context: context)
        }
    }

    /// A MAC; recorded as `GenerateMac`, without the message.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        let call = await call("GenerateMac", key, nil, ("macAlgorithm", "HMAC_SHA_256"))
        return try await `guard`.use(call, naming: FailureName.of) { try await service.mac(message, under: key) }
    }

    /// What may be known of a key.
    public func describe(_ key: KeyID) async throws -> KeyDescription { try await service.describe(key) }

    /// Whether a wrapped key is under the newest version. Hands nothing out.
    public func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool {
        try await service.isCurrent(wrapped, context: context)
    }

    private func call(
        _ operation: String, _ key: KeyID, _ context: EncryptionContext?, _ more: (String, JSON)...
    ) async -> GuardedCall {
        let resource = await realm.resource(key, in: service)
        var conditions: [String: [String]] = [:]
        var members = [JSON.Member("keyId", .string(resource))]
        if let pairs = context?.pairs, !pairs.isEmpty {
            for (name, value) in pairs { conditions["kms:EncryptionContext:\(name)"] = [value] }
            conditions["kms:EncryptionContextKeys"] = pairs.keys.sorted()
            members.append(JSON.Member("encryptionContext", .texts(pairs)))
        }
        members += more.map { JSON.Member($0.0, $0.1) }
        return GuardedCall(
            AccessRequest(principal, "kms:\(operation)", on: resource, conditions: conditions), operation: operation,
            isReadOnly: true, parameters: .object(members), userAgent: userAgent, requestID: requestID)
    }
}

extension GuardedKMS: KeyUses where Service: KeyUses {
    /// Remembers a use.
    public func record(_ use: KeyUse) async throws { try await service.record(use) }

    /// The catalogues that need a version.
    public func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] {
        try await service.uses(of: key, version: version)
    }
}

extension Realm {
    /// What policies and records call a key: its ARN by its lasting id. A key that is not there keeps the name it was
    /// asked for by; one of another service is called what that service calls it.
    public func resource(_ key: KeyID, in service: any KeyManagementService) async -> String {
        guard key.scheme == "coffer" else { return key.name }
        if key.name.hasPrefix("arn:") && !key.name.contains(":alias/") { return key.name }
        guard key.name.contains("alias/") else { return self.key(key.name) }
        guard let known = try? await service.describe(key) else {
            return key.isAlias ? alias(key.name) : key.name
        }
        return self.key(known.key.name)
    }
}
