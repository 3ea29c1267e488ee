/// The roles that come with Coffer, as identity policies.
public enum ManagedPolicy {
    /// Their names.
    public static var names: [String] { texts.map(\.name) }

    /// The policy of the role `name`; nil where there is no such role.
    public static func named(_ name: String) -> PolicyDocument? { policies[name] }

    /// The text of the role's policy, for showing it.
    public static func text(_ name: String) -> String? { texts.first { $0.name == name }?.text }

    private static let policies: [String: PolicyDocument] = {
        var policies: [String: PolicyDocument] = [:]
        for (name, text) in texts {
            do {
                policies[name] = try PolicyDocument(parsing: text, kind: .identity, named: "role \(name)")
            } catch {
                preconditionFailure("the policy of the role \(name) is none: \(error)")
            }
        }
        return policies
    }()

    private static let texts: [(name: String, text: String)] = [
        ("admin", admin), ("key-admin", keyAdmin), ("key-user", keyUser), ("auditor", auditor),
    ]

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
