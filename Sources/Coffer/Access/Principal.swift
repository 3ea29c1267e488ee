/// Who asks: an access key's user, a certificate's subject, a token's, or the user of the machine.
///
/// However somebody was recognized, policies and records see this one form.
public struct Principal: Hashable, Sendable {
    /// How it was recognized.
    public enum Kind: String, Hashable, Sendable {
        /// An access key of the store.
        case user = "IAMUser"
        /// The owner of the store, at its own machine.
        case owner = "Root"
        /// A client certificate.
        case certificate = "Certificate"
        /// A token of another service.
        case token = "WebIdentityUser"
    }

    /// How it was recognized.
    public let kind: Kind
    /// The ARN that policies name: `arn:aws:iam::123456789012:user/etl`.
    public let arn: String
    /// The account it belongs to.
    public let account: String
    /// What it is called: `etl`.
    public let name: String
    /// The access key it came with, if it did.
    public let accessKeyID: String?
    /// `aws:PrincipalTag/…`.
    public let tags: [String: String]

    /// A principal.
    public init(
        _ kind: Kind, arn: String, account: String, name: String, accessKeyID: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.kind = kind
        self.arn = arn
        self.account = account
        self.name = name
        self.accessKeyID = accessKeyID
        self.tags = tags
    }
}
