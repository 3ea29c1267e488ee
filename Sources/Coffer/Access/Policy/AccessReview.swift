/// Who can do what with a key, for the review that somebody does once a quarter: what statements say, whatever requests
/// there will be.
///
/// A condition that only a request can fulfil leaves an Allow standing as a conditional one, and a Deny as an exception.
/// Conditions on what is known beforehand, the principal and the key, are decided.
public struct AccessReview: Hashable, Sendable {
    /// One way to something.
    public struct Way: Hashable, Sendable {
        /// The statement or grant, with those that a key policy needs beside it.
        public let label: String
        /// Whether conditions must hold too.
        public let isConditional: Bool
    }

    /// All ways there are; none where it can't be done.
    public let ways: [Way]
    /// Statements that say no under conditions.
    public let exceptions: [String]

    /// A review.
    public init(ways: [Way], exceptions: [String]) { (self.ways, self.exceptions) = (ways, exceptions) }
}

extension PolicySet {
    /// By which ways the principal of `request` can do what it asks. Conditions of the request are what is known of the key.
    public func review(_ request: AccessRequest) -> AccessReview {
        let facts = RequestFacts(request: request, now: 0)
        let keyPolicy = ARN.isKey(request.resource) ? self.keyPolicy : nil
        var exceptions: [String] = []
        let denials =
            (keyPolicy?.denials ?? []).filter { $0.principals?.match(request.principal) != PolicyPrincipals.Match.none }
            + identityPolicies.flatMap(\.denials)
        for statement in denials {
            switch statement.mayApply(facts) {
            case .always: return AccessReview(ways: [], exceptions: [])
            case .underConditions: exceptions.append(statement.label)
            case .never: break
            }
        }
        var ways: [AccessReview.Way] = []
        // What in the key policy leaves it to identity policies. The default policy does, and goes without saying.
        var delegations: [(addition: String, isConditional: Bool)] = []
        if keyPolicy == nil, !isForeign(request) { delegations = [("", false)] }
        for statement in keyPolicy?.allowances ?? [] {
            let match = statement.principals?.match(request.principal) ?? .none
            let may = statement.mayApply(facts)
            guard match != .none, may != .never else { continue }
            let isConditional = may == .underConditions
            if match == .itself, !isForeign(request) {
                ways.append(AccessReview.Way(label: statement.label, isConditional: isConditional))
            } else {
                delegations.append((", by \(statement.label)", isConditional))
            }
        }
        for grant in grants where grant.mayAllow(request) != .never {
            let isConditional = grant.mayAllow(request) == .underConditions
            ways.append(AccessReview.Way(label: grant.label, isConditional: isConditional))
        }
        // The least conditional delegation is as good as all of them.
        if let delegation = delegations.first(where: { !$0.isConditional }) ?? delegations.first {
            for statement in identityPolicies.flatMap(\.allowances) {
                let may = statement.mayApply(facts)
                guard may != .never else { continue }
                ways.append(
                    AccessReview.Way(
                        label: statement.label + delegation.addition,
                        isConditional: may == .underConditions || delegation.isConditional))
            }
        }
        return AccessReview(ways: ways, exceptions: ways.isEmpty ? [] : exceptions)
    }
}

/// Whether something holds before a request is there.
enum Prospect: Hashable { case never, underConditions, always }

extension PolicyStatement {
    fileprivate func mayApply(_ facts: RequestFacts) -> Prospect {
        guard covers(action: facts.request.action), coversResource(facts) else { return .never }
        var prospect = Prospect.always
        for condition in conditions {
            if !condition.isKnownBeforehand(facts) {
                prospect = .underConditions
            } else if !condition.holds(facts, for: effect) {
                return .never
            }
        }
        return prospect
    }
}

extension Condition {
    /// Whether the key is one of the principal or of the key, which no request changes.
    fileprivate func isKnownBeforehand(_ facts: RequestFacts) -> Bool {
        switch key {
        case .principalARN, .principalAccount, .principalType, .principalTag, .userName, .userID, .resourceAccount,
            .never:
            true
        case .currentTime, .epochTime, .encryptionContextKeys, .tagKeys: false
        case .given(let name): !facts.values(of: key).isEmpty || name.starts(with: "aws:resourcetag/".utf8)
        }
    }
}

extension Grant {
    fileprivate func mayAllow(_ request: AccessRequest) -> Prospect {
        guard let operation = Self.operation(of: request.action) else { return .never }
        let isRetiring = operation == .retireGrant && retiring == request.principal.arn
        guard isRetiring || (operations.contains(operation) && grantee == request.principal.arn) else { return .never }
        return operation == .createGrant || (operation.takesContext && !constraints.isEmpty)
            ? .underConditions : .always
    }
}
