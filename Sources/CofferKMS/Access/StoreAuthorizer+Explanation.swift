public import Coffer

extension StoreAuthorizer {
    /// The decision on `request` with all that led to it, `now` being milliseconds since 1970. `keyPolicy` stands in for
    /// that of the key, and `more` is added to the policies of whoever asks: what would be, if.
    public func explain(
        _ request: AccessRequest, at now: Int64, keyPolicy: PolicyDocument? = nil, adding more: [PolicyDocument] = []
    ) throws -> Explanation {
        guard request.principal.kind != .owner else {
            return Explanation(decision: try decision(on: request), lines: [])
        }
        guard let (set, request) = try policies(for: request, try store.tables()) else {
            return Explanation(decision: try decision(on: request), lines: [])
        }
        let changed = PolicySet(
            keyPolicy: keyPolicy ?? set.keyPolicy, identityPolicies: set.identityPolicies + more, grants: set.grants)
        return changed.explain(request, at: now)
    }

    /// By which ways `principal` can do `action` with the key that has the ARN `key`, whatever the request says.
    public func review(_ principal: Principal, _ action: String, on key: String) throws -> AccessReview {
        let request = AccessRequest(principal, action, on: key)
        guard let (set, complete) = try policies(for: request, try store.tables()) else {
            return AccessReview(ways: [], exceptions: [])
        }
        return set.review(complete)
    }
}
