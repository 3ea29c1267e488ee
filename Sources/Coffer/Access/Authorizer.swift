/// Decides who may do what: policy documents, grants, roles. An explicit deny wins, silence denies.
public protocol Authorizer: Sendable {
    /// The decision on `request`, with its reason. Throws only where it can't decide, which is a no.
    func decide(_ request: AccessRequest) async throws -> Decision
}

/// Yes or no, and why: for the record and for `coffer policy test`, not for whoever asked.
public struct Decision: Hashable, Sendable {
    /// Whether the request may go on.
    public let isAllowed: Bool
    /// Whether a statement said no aloud, rather than nothing yes.
    public let isExplicit: Bool
    /// What decided: `key policy, statement “Allow admins”`.
    public let reason: String

    /// Something says yes.
    public static func allow(_ reason: String) -> Decision {
        Decision(isAllowed: true, isExplicit: true, reason: reason)
    }
    /// Something says no.
    public static func deny(_ reason: String) -> Decision {
        Decision(isAllowed: false, isExplicit: true, reason: reason)
    }
    /// Nothing says yes.
    public static let silence = Decision(isAllowed: false, isExplicit: false, reason: "nothing allows it")
}

/// Lets its owner do everything: whoever holds the root key of a store could anyway.
public struct OwnerAuthorizer: Authorizer {
    /// The owner's authorizer.
    public init() {}
    /// Yes to the owner, no to anybody else.
    public func decide(_ request: AccessRequest) -> Decision {
        request.principal.kind == .owner ? .allow("the owner of the store") : .silence
    }
}

/// Somebody may not do what they asked for.
public struct AccessDenied: Error, Sendable, CustomStringConvertible {
    /// What was asked.
    public let request: AccessRequest
    /// Why not; for the record.
    public let decision: Decision

    /// A refusal.
    public init(_ request: AccessRequest, _ decision: Decision) { (self.request, self.decision) = (request, decision) }

    /// The sentence that AWS says.
    public var description: String {
        let why =
            decision.isExplicit
            ? "with an explicit deny in a policy"
            : "because no identity-based policy allows the \(request.action) action"
        return "User: \(request.principal.arn) is not authorized to perform: \(request.action) on resource: "
            + "\(request.resource) \(why)"
    }
}
