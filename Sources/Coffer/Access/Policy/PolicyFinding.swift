/// Something in a policy that is right by the language and is hardly meant.
public struct PolicyFinding: Hashable, Sendable {
    /// Which statement, counted from 1; nil where it is about the whole document.
    public let statement: Int?
    /// One sentence.
    public let message: String
}

extension PolicyDocument {
    /// What a careful reader would ask about. A misspelt name in an Allow gives too little and is soon found; in a Deny it
    /// gives too much and never is.
    public var findings: [PolicyFinding] {
        var findings: [PolicyFinding] = []
        if version == .first, text.contains("${") {
            findings.append(
                PolicyFinding(statement: nil, message: "without Version 2012-10-17 a variable is just a text"))
        }
        for statement in statements {
            findings += statement.findings.map { PolicyFinding(statement: statement.position, message: $0) }
        }
        return findings
    }

    /// Whatever of the document may hold variables.
    private var text: String {
        statements.flatMap { $0.resources.map(\.text) + $0.conditions.flatMap(\.values) }.joined(separator: "\n")
    }
}

extension PolicyStatement {
    fileprivate var findings: [String] {
        var findings: [String] = []
        for (action, text) in zip(actions, actionNames) where !KnownNames.actions.contains(where: action.matchesAction)
        {
            let nearest = Suggestion.nearest(to: text, among: KnownNames.actions)
            findings.append(
                "\(text) is no action known here" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        }
        for condition in conditions where !KnownNames.isConditionKey(condition.keyName) {
            let nearest = Suggestion.nearest(to: condition.keyName, among: KnownNames.conditionKeys)
            findings.append(
                "\(condition.keyName) is no condition key known here" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        }
        for condition in conditions where isOpenToMissing(condition) {
            findings.append(
                "\(condition.test.name) also holds for a request without \(condition.keyName); add Null to ask for it")
        }
        let isForEverybody = principals?.isEveryone == true && effect == .allow
        if isForEverybody, conditions.isEmpty {
            findings.append("it allows everybody who has any credentials")
        }
        if effect == .allow, excludesActions {
            findings.append("Allow with NotAction allows what has not been invented yet")
        }
        return findings
    }

    /// Whether `condition` lets a request pass that has no such key at all, which nothing else here asks for.
    private func isOpenToMissing(_ condition: Condition) -> Bool {
        effect == .allow && condition.test.quantifier == .allValues
            && !conditions.contains { $0.key == condition.key && $0.test.quantifier != .allValues }
    }
}

extension Pattern {
    fileprivate func matchesAction(_ action: String) -> Bool { matches(action, ignoringCase: true) }
}

/// The names that policies here are about.
enum KnownNames {
    /// Every operation of AWS KMS, what a re-encryption asks for twice, and our own.
    static let actions: [String] =
        [
            "CancelKeyDeletion", "ConnectCustomKeyStore", "CreateAlias", "CreateCustomKeyStore", "CreateGrant",
            "CreateKey", "Decrypt", "DeleteAlias", "DeleteCustomKeyStore", "DeleteImportedKeyMaterial",
            "DeriveSharedSecret", "DescribeCustomKeyStores", "DescribeKey", "DisableKey", "DisableKeyRotation",
            "DisconnectCustomKeyStore", "EnableKey", "EnableKeyRotation", "Encrypt", "GenerateDataKey",
            "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
            "GenerateMac", "GenerateRandom", "GetKeyLastUsage", "GetKeyPolicy", "GetKeyRotationStatus",
            "GetParametersForImport", "GetPublicKey", "ImportKeyMaterial", "ListAliases", "ListGrants",
            "ListKeyPolicies", "ListKeyRotations", "ListKeys", "ListResourceTags", "ListRetirableGrants",
            "PutKeyPolicy", "ReEncryptFrom", "ReEncryptTo", "ReplicateKey", "RetireGrant", "RevokeGrant",
            "RotateKeyOnDemand", "ScheduleKeyDeletion", "Sign", "SynchronizeMultiRegionKey", "TagResource",
            "UntagResource", "UpdateAlias", "UpdateCustomKeyStore", "UpdateKeyDescription", "UpdatePrimaryRegion",
            "Verify", "VerifyMac",
        ].map { "kms:\($0)" } + [
            "coffer:ReadAudit", "coffer:Run", "coffer:Reveal", "coffer:Rewrap", "sts:GetCallerIdentity",
        ]

    static let conditionKeys: [String] =
        [
            "BypassPolicyLockoutSafetyCheck", "CallerAccount", "EncryptionAlgorithm", "EncryptionContextKeys",
            "ExpirationModel", "GrantConstraintType", "GrantIsForAWSResource", "GrantOperations", "GranteePrincipal",
            "KeyAgreementAlgorithm", "KeyOrigin", "KeySpec", "KeyUsage", "MacAlgorithm", "MessageType", "MultiRegion",
            "MultiRegionKeyType", "PrimaryRegion", "ReEncryptOnSameKey", "ReplicaRegion", "RequestAlias",
            "ResourceAliases", "RetiringPrincipal", "RotationPeriodInDays", "ScheduleKeyDeletionPendingWindowInDays",
            "SigningAlgorithm", "ValidTo", "ViaService", "WrappingAlgorithm", "WrappingKeySpec", "DataKeyPairSpec",
            "CustomerMasterKeySpec", "CustomerMasterKeyUsage",
        ].map { "kms:\($0)" }
        + [
            "CurrentTime", "EpochTime", "PrincipalAccount", "PrincipalArn", "PrincipalIsAWSService", "PrincipalType",
            "RequestedRegion",
            "ResourceAccount", "SecureTransport", "SourceIp", "TagKeys", "UserAgent", "ViaAWSService", "userid",
            "username",
        ].map { "aws:\($0)" }

    private static let prefixes = [
        "kms:EncryptionContext:", "aws:PrincipalTag/", "aws:ResourceTag/", "aws:RequestTag/",
    ]

    static func isConditionKey(_ name: String) -> Bool {
        let lower = name.lowercased()
        return conditionKeys.contains { $0.lowercased() == lower }
            || prefixes.contains { lower.count > $0.count && lower.hasPrefix($0.lowercased()) }
    }
}
