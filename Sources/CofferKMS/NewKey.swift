public import Coffer

/// What somebody wants a new key to be.
public struct NewKey: Sendable {
    /// What it is for.
    public var usage: KeyDescription.Usage
    /// What kind of key it is.
    public var spec: KeySpec
    /// Where its material comes from. A key with material from elsewhere waits for that to be imported.
    public var origin: KeyOrigin
    /// What people say of it; empty for nothing.
    public var description: String
    /// Its tags.
    public var tags: [KeyTag]
    /// Who may do what with it, as IAM JSON that the caller has parsed; nil for the default.
    public var policy: String?
    /// Its alias.
    public var alias: AliasName?

    /// A key for `usage`, of the kind that such keys usually are where no spec is given.
    public init(
        usage: KeyDescription.Usage = .encryptDecrypt, spec: KeySpec? = nil, origin: KeyOrigin = .generated,
        description: String = "", tags: [KeyTag] = [], policy: String? = nil, alias: AliasName? = nil
    ) {
        self.usage = usage
        self.spec = spec ?? usage.usualSpec
        self.origin = origin
        self.description = description
        self.tags = tags
        self.policy = policy
        self.alias = alias
    }

    /// Refuses what no key can be.
    func check() throws(KeyError) {
        guard spec.usages.contains(usage) else {
            throw KeyError(
                .invalidArgument, "KeyUsage \(usage.rawValue) is not compatible with KeySpec \(spec.rawValue)",
                hint: "such a key is for \(spec.usages.map(\.rawValue).joined(separator: " or "))")
        }
        guard Set(tags.map(\.name)).count == tags.count, tags.count <= KeyTag.limit else {
            throw KeyError(.invalidArgument, "a key has at most 50 tags, each name once")
        }
        guard policy?.utf8.count ?? 0 <= KeyStore.policyByteLimit else { throw KeyError.policyTooLong }
        try KeyStore.checkDescription(description)
    }
}
