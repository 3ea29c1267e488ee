public import Coffer
import Synchronization

/// Decides by what a store keeps: the policy of the key, the roles and the policy of the access key, the grants.
///
/// Every decision is made from the rows as they are now, whoever changed them; it costs some microseconds. Policies are parsed
/// once for each text.
public final class StoreAuthorizer: Authorizer {
    /// The condition that names the grant a request to `kms:RetireGrant` is about, by its id.
    public static let grantID = "coffer:GrantId"

    let store: KeyStore
    let realm: Realm
    private let identities: @Sendable (Principal) throws -> [PolicyDocument]
    private let parsed = Mutex<[PolicyOwner: (text: String, document: PolicyDocument)]>([:])

    /// An authorizer. `identities` gives the policies of principals that came without an access key: certificates, tokens.
    public init(
        _ store: KeyStore, realm: Realm,
        identities: @escaping @Sendable (Principal) throws -> [PolicyDocument] = { _ in [] }
    ) {
        (self.store, self.realm, self.identities) = (store, realm, identities)
    }

    /// The decision. The owner of the store may do everything; an access key that was revoked, nothing.
    public func decide(_ request: AccessRequest) async throws -> Decision { try decision(on: request) }

    /// The same, for whoever can't wait.
    public func decision(on request: AccessRequest) throws -> Decision {
        guard request.principal.kind != .owner else { return .allow("the owner of the store") }
        let tables = try store.tables()
        guard let (set, request) = try policies(for: request, tables) else {
            return .deny("the access key was revoked")
        }
        return set.evaluate(request, at: store.clock() * 1000)
    }

    /// All that has a say in `request`, and the request with what the store knows of the key; nil for an access key that is
    /// not good.
    func policies(for request: AccessRequest, _ tables: Tables) throws -> (PolicySet, AccessRequest)? {
        guard let policies = try identityPolicies(of: request.principal, tables) else { return nil }
        let key = key(request.resource, tables)
        let set = PolicySet(
            keyPolicy: try key.map { try keyPolicy(of: $0.id, tables) } ?? nil, identityPolicies: policies,
            grants: key.map { grants(on: $0.id, for: request, tables) } ?? [])
        return (set, key.map { complete(request, $0, tables) } ?? request)
    }

    /// Whether `principal` could still set the policy of `key`, were `document` its policy: what AWS asks before it takes one.
    public func couldStillPutPolicy(_ principal: Principal, of key: KeyID, under document: PolicyDocument) throws
        -> Bool
    {
        guard principal.kind != .owner else { return true }
        let tables = try store.tables()
        let record = try tables.key(key)
        guard let policies = try identityPolicies(of: principal, tables) else { return false }
        let request = AccessRequest(principal, "kms:PutKeyPolicy", on: realm.key(record.id.description))
        let set = PolicySet(keyPolicy: document, identityPolicies: policies)
        return set.evaluate(complete(request, record, tables), at: store.clock() * 1000).isAllowed
    }

    /// The key of this store that an ARN names; nil where it names another thing.
    private func key(_ arn: String, _ tables: Tables) -> KeyRecord? {
        let prefix = realm.key("")
        guard arn.utf8.starts(with: prefix.utf8), let id = KeyUUID(String(arn.dropFirst(prefix.count))) else {
            return nil
        }
        return tables.keys[id]
    }

    private func keyPolicy(of key: KeyUUID, _ tables: Tables) throws -> PolicyDocument? {
        guard let text = tables.policies[key]?.document else { return nil }
        return try document(text, of: .key(key), .key)
    }

    /// Nil for an access key that is not good.
    private func identityPolicies(of principal: Principal, _ tables: Tables) throws -> [PolicyDocument]? {
        guard let id = principal.accessKeyID else { return try identities(principal) }
        guard let key = tables.accessKeys[id], key.revoked == 0 else { return nil }
        let policy = try key.policy.map { try document($0, of: .accessKey(id), .identity) }
        return key.roles.compactMap { ManagedPolicy.named($0.rawValue) } + (policy.map { [$0] } ?? [])
    }

    private func grants(on key: KeyUUID, for request: AccessRequest, _ tables: Tables) -> [Grant] {
        guard request.action != "kms:RetireGrant" else {
            return request.conditions[Self.grantID]?.compactMap { tables.grants[.init(key: key, id: $0)]?.grant } ?? []
        }
        return tables.grants.records(.grantee(key, request.principal.arn)).map(\.grant)
    }

    /// `request` with what the store knows of the key and nobody else may say.
    private func complete(_ request: AccessRequest, _ key: KeyRecord, _ tables: Tables) -> AccessRequest {
        let tags = tables.tags.records(of: key.id)
        let aliases = tables.aliases.records(of: key.id)
        var conditions = request.conditions.filter { !$0.key.lowercased().hasPrefix("aws:resourcetag/") }
        for tag in tags { conditions["aws:ResourceTag/\(tag.id.name)"] = [tag.value] }
        conditions["kms:ResourceAliases"] = aliases.isEmpty ? nil : aliases.map(\.id)
        conditions["kms:KeyUsage"] = [key.usage.rawValue]
        conditions["kms:KeySpec"] = [tables.spec(of: key).rawValue]
        conditions["kms:KeyOrigin"] = [tables.origin(of: key).rawValue]
        return AccessRequest(
            request.principal, request.action, on: request.resource, conditions: conditions,
            grantTokens: request.grantTokens)
    }

    private func document(
        _ text: String, of owner: PolicyOwner, _ kind: PolicyDocument.Kind
    ) throws -> PolicyDocument {
        if let known = parsed.withLock({ $0[owner] }), known.text == text { return known.document }
        let document = try PolicyDocument(parsing: text, kind: kind)
        parsed.withLock { parsed in
            // Keys and access keys come and go.
            if parsed.count >= 4096 { parsed = [:] }
            parsed[owner] = (text, document)
        }
        return document
    }
}

/// Whose a policy is.
private enum PolicyOwner: Hashable {
    case key(KeyUUID)
    case accessKey(String)
}
