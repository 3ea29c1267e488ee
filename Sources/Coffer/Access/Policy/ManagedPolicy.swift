/// The roles that come with Coffer, as identity policies.
public enum ManagedPolicy {
    /// The policy of the role `name`; nil where there is no such role.
    public static func named(_ name: String) -> PolicyDocument? { Role(rawValue: name).map(policy) }

    /// The policy of `role`, called `role admin` in reasons.
    public static func policy(_ role: Role) -> PolicyDocument {
        switch role {
        case .admin: adminPolicy
        case .keyAdmin: keyAdminPolicy
        case .keyUser: keyUserPolicy
        case .auditor: auditorPolicy
        }
    }

    /// The text of the policy, for showing it.
    public static func text(_ role: Role) -> String {
        switch role {
        case .admin: admin
        case .keyAdmin: keyAdmin
        case .keyUser: keyUser
        case .auditor: auditor
        }
    }

    private static let adminPolicy = parsed(.admin)
    private static let keyAdminPolicy = parsed(.keyAdmin)
    private static let keyUserPolicy = parsed(.keyUser)
    private static let auditorPolicy = parsed(.auditor)

    private static func parsed(_ role: Role) -> PolicyDocument {
        do {
            return try PolicyDocument(parsing: text(role), kind: .identity, named: "role \(role.rawValue)")
        } catch {
            preconditionFailure("the policy of the role \(role.rawValue) is none: \(error)")
        }
    }

    /// Everything.
    private static let admin = """
        {
          "Version": "2012-10-17",
          "Statement": [{ "Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*" }]
        }
        """

    /// Runs the life of keys, and says who may use them, but uses none. AWS's key administrators can write themselves into
    /// a key policy; here a Deny stands above whatever a policy or grant says, for as long as somebody has the role.
    private static let keyAdmin = """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "ManageKeys", "Effect": "Allow", "Resource": "*",
              "Action": [
                "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*",
                "kms:Retire*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:Import*", "kms:TagResource",
                "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:RotateKeyOnDemand",
                "kms:ReplicateKey"
              ]
            },
            {
              "Sid": "UseNone", "Effect": "Deny", "Resource": "*",
              "Action": [
                "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Sign", "kms:Verify",
                "kms:GenerateMac", "kms:VerifyMac", "kms:DeriveSharedSecret"
              ]
            }
          ]
        }
        """

    /// Uses keys, and changes none.
    private static let keyUser = """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "UseKeys", "Effect": "Allow", "Resource": "*",
              "Action": [
                "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Sign", "kms:Verify",
                "kms:GenerateMac", "kms:VerifyMac", "kms:DeriveSharedSecret", "kms:GetPublicKey", "kms:DescribeKey",
                "kms:GenerateRandom", "kms:ListKeys", "kms:ListAliases"
              ]
            }
          ]
        }
        """

    /// Sees what there is and what was done, and does nothing.
    private static let auditor = """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "ReadMetadata", "Effect": "Allow", "Resource": "*",
              "Action": [
                "kms:DescribeKey", "kms:List*", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:GetKeyLastUsage",
                "kms:GetPublicKey", "coffer:ReadAudit"
              ]
            }
          ]
        }
        """
}
