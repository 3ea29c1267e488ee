/// One statement of a policy: who may or may not do what with what, and when.
public struct PolicyStatement: Sendable {
    /// What a statement says to what it matches.
    public enum Effect: String, Hashable, Sendable {
        /// Yes.
        case allow = "Allow"
        /// No, whatever else says yes.
        case deny = "Deny"
    }

    /// Its `Sid`, if it has one.
    public let id: String?
    /// Its place in the policy, counted from 1.
    public let position: Int
    /// What it says.
    public let effect: Effect
    /// What it is called in reasons: `key policy, statement “Allow admins”`.
    public let label: String
    /// Whom it is about; nil in an identity policy, which is about whoever it is attached to.
    let principals: PolicyPrincipals?
    let actions: [Pattern]
    /// The actions as they are written, for explanations.
    let actionNames: [String]
    /// Whether it is about all but these.
    let excludesActions: Bool
    let resources: [Template]
    /// Whether it is about all but these.
    let excludesResources: Bool
    let conditions: [Condition]

    /// Whether the action is one of its.
    func covers(action: String) -> Bool {
        actions.contains { $0.matches(action, ignoringCase: true) } != excludesActions
    }

    /// Whether the resource is one of its. A variable without a value matches nothing; where all but a resource is meant
    /// and nobody knows which, an Allow covers none and a Deny all.
    func coversResource(_ facts: RequestFacts) -> Bool {
        var isUnknown = false
        for resource in resources {
            guard let pattern = resource.pattern(facts) else {
                isUnknown = true
                continue
            }
            if pattern.matches(facts.request.resource) { return !excludesResources }
        }
        return excludesResources && !(isUnknown && effect == .allow)
    }

    /// Whether all that it asks of a request holds; whom it is about is not looked at.
    func applies(_ facts: RequestFacts) -> Bool {
        covers(action: facts.request.action) && coversResource(facts)
            && conditions.allSatisfy { $0.holds(facts, for: effect) }
    }
}
