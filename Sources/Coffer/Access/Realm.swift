/// The account and region that ARNs are made with. Configuration, not a secret: the same store under another account has
/// the same keys under other ARNs.
public struct Realm: Hashable, Sendable {
    /// Twelve digits.
    public let account: String
    /// As AWS writes them: `eu-central-1`.
    public let region: String

    /// Where nothing is configured.
    public static let unset = Realm(checkedAccount: "000000000000", region: "us-east-1")

    private init(checkedAccount: String, region: String) { (account, self.region) = (checkedAccount, region) }

    /// An account of twelve digits and a region of lower-case letters, digits and hyphens.
    public init(account: String, region: String) throws(ConfigurationError) {
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ConfigurationError("the account must be twelve digits", hint: "account: 123456789012")
        }
        let isRegion = region.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
        }
        guard (1...32).contains(region.utf8.count), isRegion else {
            throw ConfigurationError("the region must be written like us-east-1", hint: "region: us-east-1")
        }
        (self.account, self.region) = (account, region)
    }

    /// The ARN of a key, given its id.
    public func key(_ id: String) -> String { "arn:aws:kms:\(region):\(account):key/\(id)" }
    /// The ARN of an alias, given its whole name: `alias/pii`.
    public func alias(_ name: String) -> String { "arn:aws:kms:\(region):\(account):\(name)" }
    /// The ARN of a user, given its name.
    public func user(_ name: String) -> String { "arn:aws:iam::\(account):user/\(name)" }
    /// The ARN that stands for whoever owns the account.
    public var root: String { "arn:aws:iam::\(account):root" }
}
