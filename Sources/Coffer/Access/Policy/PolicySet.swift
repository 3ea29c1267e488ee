/// All that has a say in a request: the policy of the key, the policies of whoever asks, the grants on the key.
///
/// The order of things is AWS's: a Deny anywhere is a no. A key policy that names whoever asks, or everybody, is a yes, and
/// so is a grant. A key policy that names the account leaves it to the policies of whoever asks. Silence is a no.
public struct PolicySet: Sendable {
    /// The policy of the key; nil for the default one, which leaves everything to identity policies, and for what is about
    /// no key.
    public let keyPolicy: PolicyDocument?
    /// The policies of whoever asks: of its access key, and of its roles.
    public let identityPolicies: [PolicyDocument]
    /// Grants on the key, anybody's. For `kms:RetireGrant`: only the one to be retired.
    public let grants: [Grant]

    /// What has a say.
    public init(keyPolicy: PolicyDocument?, identityPolicies: [PolicyDocument], grants: [Grant] = []) {
        self.keyPolicy = keyPolicy
        self.identityPolicies = identityPolicies
        self.grants = grants
    }

    /// The decision on `request`, `now` being milliseconds since 1970. A few microseconds.
    public func evaluate(_ request: AccessRequest, at now: Int64) -> Decision {
        let facts = RequestFacts(request: request, now: now)
        let keyPolicy = ARN.isKey(request.resource) ? self.keyPolicy : nil
        if let statement = denial(facts, keyPolicy) { return .deny(statement.label) }
        let isForeign = isForeign(request)
        let named = keyPolicy.map { Self.allowance(in: $0, facts, as: .itself) } ?? nil
        if let named, !isForeign { return .allow(named.label) }
        if let grant = grants.first(where: { $0.allows(facts) }) { return .allow(grant.label) }
        let isDelegated: Bool
        if let keyPolicy {
            isDelegated = named != nil || Self.allowance(in: keyPolicy, facts, as: .account) != nil
        } else {
            isDelegated = !isForeign
        }
        guard isDelegated else { return .silence }
        if keyPolicy == nil, request.principal.kind == .owner { return .allow("the owner of the account") }
        for policy in identityPolicies {
            for statement in policy.allowances where statement.applies(facts) { return .allow(statement.label) }
        }
        return .silence
    }

    /// Whether somebody of another account asks: then both accounts must say yes, the key policy and an identity policy.
    func isForeign(_ request: AccessRequest) -> Bool {
        ARN.account(of: request.resource).map { $0 != request.principal.account } ?? false
    }

    private func denial(_ facts: RequestFacts, _ keyPolicy: PolicyDocument?) -> PolicyStatement? {
        for statement in keyPolicy?.denials ?? [] {
            let isAbout = statement.principals?.match(facts.request.principal) ?? .none
            if isAbout != .none, statement.applies(facts) { return statement }
        }
        for policy in identityPolicies {
            for statement in policy.denials where statement.applies(facts) { return statement }
        }
        return nil
    }

    private static func allowance(
        in policy: PolicyDocument, _ facts: RequestFacts, as match: PolicyPrincipals.Match
    ) -> PolicyStatement? {
        policy.allowances.first { $0.principals?.match(facts.request.principal) == match && $0.applies(facts) }
    }
}
