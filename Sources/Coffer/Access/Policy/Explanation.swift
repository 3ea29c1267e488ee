/// A decision and how every statement and grant had its say in it: for `coffer policy test` and reviews, not for whoever
/// asked.
public struct Explanation: Hashable, Sendable {
    /// What a statement or grant says to a request.
    public enum Verdict: String, Hashable, Sendable {
        /// It says yes.
        case allows
        /// It says no.
        case denies
        /// A key policy leaves the decision to the policies of whoever asks.
        case delegates
        /// It would say yes, but the key policy does not leave it to such policies.
        case isNotAsked = "is not asked"
        /// It is about something else.
        case doesNotApply = "does not apply"
    }

    /// One thing that a statement asks of a request.
    public struct Check: Hashable, Sendable {
        /// What is looked at: `Action`, `StringEquals kms:ViaService`.
        public let subject: String
        /// Whether it is as the statement asks.
        public let holds: Bool
        /// What is asked, and what the request has.
        public let detail: String
    }

    /// One statement or grant.
    public struct Line: Hashable, Sendable {
        /// `key policy, statement “Allow admins”`.
        public let label: String
        /// Whether it is an Allow or a Deny; a grant is an Allow.
        public let effect: PolicyStatement.Effect
        /// What it says.
        public let verdict: Verdict
        /// All that it asks, in the order it is looked at.
        public let checks: [Check]
    }

    /// What came out.
    public let decision: Decision
    /// Every statement and grant: key policy, grants, identity policies.
    public let lines: [Line]

    /// An explanation.
    public init(decision: Decision, lines: [Line]) { (self.decision, self.lines) = (decision, lines) }
}

extension PolicySet {
    /// The decision on `request` with all that led to it. Costs far more than ``evaluate(_:at:)``.
    public func explain(_ request: AccessRequest, at now: Int64) -> Explanation {
        let facts = RequestFacts(request: request, now: now)
        let keyPolicy = ARN.isKey(request.resource) ? self.keyPolicy : nil
        var lines: [Explanation.Line] = []
        var isDelegated = keyPolicy == nil && !isForeign(request)
        for statement in keyPolicy?.statements ?? [] {
            let match = statement.principals?.match(request.principal) ?? .none
            let applies = match != .none && statement.applies(facts)
            let verdict: Explanation.Verdict
            switch (applies, statement.effect) {
            case (false, _): verdict = .doesNotApply
            case (true, .deny): verdict = .denies
            case (true, .allow):
                verdict = match == .itself && !isForeign(request) ? .allows : .delegates
                isDelegated = isDelegated || verdict == .delegates
            }
            lines.append(statement.line(verdict, facts))
        }
        for grant in grants { lines.append(grant.line(facts)) }
        for policy in identityPolicies {
            for statement in policy.statements {
                let verdict: Explanation.Verdict
                switch (statement.applies(facts), statement.effect) {
                case (false, _): verdict = .doesNotApply
                case (true, .deny): verdict = .denies
                case (true, .allow): verdict = isDelegated ? .allows : .isNotAsked
                }
                lines.append(statement.line(verdict, facts))
            }
        }
        return Explanation(decision: evaluate(request, at: now), lines: lines)
    }
}

extension PolicyStatement {
    fileprivate func line(_ verdict: Explanation.Verdict, _ facts: RequestFacts) -> Explanation.Line {
        let request = facts.request
        var checks: [Explanation.Check] = []
        if let principals {
            let named = principals.names.map(Explanation.short).joined(separator: ", ")
            checks.append(
                Explanation.Check(
                    subject: principals.isExcluding ? "NotPrincipal" : "Principal",
                    holds: principals.match(request.principal) != .none,
                    detail:
                        "wants \(principals.isExcluding ? "none of " : "")\(named); the request is of \(request.principal.arn)"
                ))
        }
        let actions = actionNames.map(Explanation.short).joined(separator: ", ")
        checks.append(
            Explanation.Check(
                subject: excludesActions ? "NotAction" : "Action", holds: covers(action: request.action),
                detail: "wants \(excludesActions ? "none of " : "")\(actions); the request is \(request.action)"))
        let resources = resources.map { Explanation.short($0.text) }.joined(separator: ", ")
        checks.append(
            Explanation.Check(
                subject: excludesResources ? "NotResource" : "Resource", holds: coversResource(facts),
                detail: "wants \(excludesResources ? "none of " : "")\(resources); "
                    + "the request is about \(request.resource)"))
        for condition in conditions {
            let given = facts.values(of: condition.key)
            let has = given.isEmpty ? "has none" : "has " + given.map(Explanation.short).joined(separator: ", ")
            let wanted = condition.values.map(Explanation.short).joined(separator: ", ")
            checks.append(
                Explanation.Check(
                    subject: "\(condition.test.name) \(condition.keyName)",
                    holds: condition.holds(facts, for: effect), detail: "wants \(wanted); the request \(has)"))
        }
        return Explanation.Line(label: label, effect: effect, verdict: verdict, checks: checks)
    }
}

extension Grant {
    fileprivate func line(_ facts: RequestFacts) -> Explanation.Line {
        let applies = allows(facts)
        return Explanation.Line(
            label: label, effect: .allow, verdict: applies ? .allows : .doesNotApply,
            checks: [
                Explanation.Check(
                    subject: "Grant", holds: applies,
                    detail: "\(grantee) may \(operations.map(\.rawValue).joined(separator: ", "))"
                        + (constraints.isEmpty ? "" : " with its encryption context"))
            ])
    }
}

extension Explanation {
    fileprivate static func short(_ text: String) -> String {
        text.unicodeScalars.count > 120 ? "\(String(text.unicodeScalars.prefix(120)))…" : text
    }
}
