/// What one principal may do with one key, given by whoever may give it: without a policy being changed, and taken back as
/// easily.
public struct Grant: Hashable, Sendable {
    /// What can be granted, by the names AWS gives the operations.
    public enum Operation: String, Hashable, Sendable, CaseIterable {
        case decrypt = "Decrypt", encrypt = "Encrypt", generateDataKey = "GenerateDataKey"
        case generateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext"
        case reEncryptFrom = "ReEncryptFrom", reEncryptTo = "ReEncryptTo"
        case sign = "Sign", verify = "Verify", getPublicKey = "GetPublicKey"
        case createGrant = "CreateGrant", retireGrant = "RetireGrant", describeKey = "DescribeKey"
        case generateDataKeyPair = "GenerateDataKeyPair"
        case generateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext"
        case generateMac = "GenerateMac", verifyMac = "VerifyMac", deriveSharedSecret = "DeriveSharedSecret"

        /// Whether a constraint on the encryption context can hold it back: those of symmetric encryption keys. A
        /// constraint leaves the others, `DescribeKey`, `RetireGrant` and those of asymmetric keys, as they are.
        public var takesContext: Bool {
            switch self {
            case .decrypt, .encrypt, .generateDataKey, .generateDataKeyWithoutPlaintext, .reEncryptFrom, .reEncryptTo,
                .generateDataKeyPair, .generateDataKeyPairWithoutPlaintext:
                true
            default: false
            }
        }
    }

    /// Which encryption contexts a grant is for. Where both are there, both must hold.
    public struct Constraints: Hashable, Sendable {
        /// The context must be exactly this.
        public let equals: [String: String]?
        /// The context must have these pairs, and may have more.
        public let subset: [String: String]?

        /// Constraints; nil is none of that kind.
        public init(equals: [String: String]? = nil, subset: [String: String]? = nil) {
            (self.equals, self.subset) = (equals, subset)
        }

        /// Whether there is none.
        public var isEmpty: Bool { equals == nil && subset == nil }

        /// Whether `context` is one that the grant is for.
        public func allow(_ context: [String: String]) -> Bool {
            (equals == nil || equals == context) && (subset ?? [:]).allSatisfy { context[$0.key] == $0.value }
        }
    }

    /// 64 hexadecimal digits.
    public let id: String
    /// The key by its lasting id.
    public let key: KeyID
    /// The ARN of whoever may use it.
    public let grantee: String
    /// The ARN of whoever may retire it, beside the grantee where `RetireGrant` is granted.
    public let retiring: String?
    /// The ARN of whoever gave it.
    public let issuer: String
    /// What for.
    public let operations: [Operation]
    /// With which contexts.
    public let constraints: Constraints
    /// What its maker calls it.
    public let name: String?
    /// Seconds since 1970.
    public let created: Int64

    /// A grant.
    public init(
        id: String, key: KeyID, grantee: String, retiring: String? = nil, issuer: String, operations: [Operation],
        constraints: Constraints = Constraints(), name: String? = nil, created: Int64
    ) {
        self.id = id
        self.key = key
        self.grantee = grantee
        self.retiring = retiring
        self.issuer = issuer
        self.operations = operations
        self.constraints = constraints
        self.name = name
        self.created = created
    }
}

extension Grant {
    /// Whether the grant itself lets `principal`, an ARN, retire it: the retiring principal may, and the grantee where
    /// `RetireGrant` is among the operations.
    public func isRetirable(by principal: String) -> Bool {
        retiring == principal || (grantee == principal && operations.contains(.retireGrant))
    }
}
