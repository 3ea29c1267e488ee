public import Coffer
public import CofferCrypto

/// What an access key is to be.
public struct NewAccessKey: Sendable {
    /// The user whose key it is.
    public let name: String
    /// What it is for.
    public let roles: [Role]
    /// A policy of its own, in JSON. The caller has parsed it.
    public let policy: String?
    /// `aws:PrincipalTag/…`.
    public let tags: [KeyTag]

    /// A new access key. A name has 1 to 64 letters, digits and `+ = , . @ _ -`.
    public init(
        name: String, roles: [Role] = [], policy: String? = nil, tags: [KeyTag] = []
    ) throws(KeyError) {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else {
            throw KeyError(
                .invalidName, "that is not the name of a user",
                hint: "write up to 64 letters, digits and + = , . @ _ -")
        }
        guard policy?.utf8.count ?? 0 <= KeyStore.policyByteLimit else { throw .policyTooLong }
        guard tags.count <= KeyTag.limit, Set(tags.map(\.name)).count == tags.count else {
            throw KeyError(.invalidArgument, "an access key has at most 50 tags, each with a name of its own")
        }
        self.name = name
        self.roles = Role.allCases.filter(roles.contains)
        self.policy = policy?.isEmpty == true ? nil : policy
        self.tags = tags
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "+=,.@_-".utf8.contains(byte)
        }
    }
}

/// A fresh access key: the only time that its secret is handed out.
public struct CreatedAccessKey: ~Copyable, Sendable {
    /// `AKIA` and 16 more characters.
    public let id: String
    /// 40 characters.
    public let secret: SecretBytes
}

/// An access key that is good, as requests are checked against it.
public final class AccessKey: Sendable {
    /// `AKIA` and 16 more characters.
    public let id: String
    /// 40 characters.
    public let secret: SecretBytes
    /// The user whose key it is.
    public let name: String
    /// What it is for.
    public let roles: [Role]
    /// A policy of its own, in JSON.
    public let policy: String?
    /// `aws:PrincipalTag/…`.
    public let tags: [String: String]

    init(_ record: AccessKeyRecord, secret: consuming SecretBytes) {
        (id, name, roles, policy, tags) = (record.id, record.name, record.roles, record.policy, record.tags)
        self.secret = secret
    }

    /// Who comes with it.
    public func principal(in realm: Realm) -> Principal {
        Principal(
            .user, arn: realm.user(name), account: realm.account, name: name, accessKeyID: id, tags: tags)
    }
}

/// What may be known of an access key.
public struct AccessKeyDescription: Hashable, Sendable {
    /// `AKIA` and 16 more characters.
    public let id: String
    /// The user whose key it is.
    public let name: String
    /// What it is for.
    public let roles: [Role]
    /// A policy of its own, in JSON.
    public let policy: String?
    /// `aws:PrincipalTag/…`.
    public let tags: [String: String]
    /// Seconds since 1970.
    public let created: Int64
    /// Seconds since 1970, right to a quarter of an hour.
    public let lastUsed: Int64?
    /// Seconds since 1970; nil for one that is good.
    public let revoked: Int64?

    init(_ record: AccessKeyRecord, _ use: AccessKeyUseRecord?) {
        (id, name, roles, policy, tags) = (record.id, record.name, record.roles, record.policy, record.tags)
        (created, lastUsed, revoked) = (record.created, use?.used, record.revoked > 0 ? record.revoked : nil)
    }
}
