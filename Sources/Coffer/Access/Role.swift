/// What an access key is for, in one word; each stands for a managed policy.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Everything.
    case admin
    /// The life of keys, who may use them; not their use.
    case keyAdmin = "key-admin"
    /// The use of keys; not their life.
    case keyUser = "key-user"
    /// Looking at keys, policies and the record.
    case auditor

    /// The policy that the role stands for.
    public var policy: PolicyDocument { ManagedPolicy.policy(self) }
}
