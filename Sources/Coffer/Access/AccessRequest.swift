/// What somebody wants to do with what.
public struct AccessRequest: Hashable, Sendable {
    /// Who asks.
    public let principal: Principal
    /// What for: `kms:Decrypt`.
    public let action: String
    /// The ARN of what it is done with; `*` where an operation is about none (`kms:CreateKey`).
    public let resource: String
    /// The condition keys of the request and their values, one or several, by the names they are written with:
    /// `kms:EncryptionContext:dataset`, `aws:SourceIp`. A key that is not there has no value.
    public let conditions: [String: [String]]
    /// The tokens of grants that were given along.
    public let grantTokens: [String]

    /// A request.
    public init(
        _ principal: Principal, _ action: String, on resource: String, conditions: [String: [String]] = [:],
        grantTokens: [String] = []
    ) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.conditions = conditions
        self.grantTokens = grantTokens
    }
}
