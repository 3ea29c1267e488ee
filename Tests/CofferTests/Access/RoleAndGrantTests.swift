import Coffer
import Testing

@Suite struct `A role` {
    @Test(arguments: [
        ("kms:Decrypt", [Role.admin, .keyUser]), ("kms:Encrypt", [.admin, .keyUser]),
        ("kms:GenerateDataKey", [.admin, .keyUser]), ("kms:GenerateDataKeyPairWithoutPlaintext", [.admin, .keyUser]),
        ("kms:ReEncryptFrom", [.admin, .keyUser]), ("kms:ReEncryptTo", [.admin, .keyUser]),
        ("kms:Sign", [.admin, .keyUser]), ("kms:Verify", [.admin, .keyUser]), ("kms:GenerateMac", [.admin, .keyUser]),
        ("kms:VerifyMac", [.admin, .keyUser]), ("kms:DeriveSharedSecret", [.admin, .keyUser]),
        ("kms:GenerateRandom", [.admin, .keyUser]),
        ("kms:CreateKey", [.admin, .keyAdmin]), ("kms:PutKeyPolicy", [.admin, .keyAdmin]),
        ("kms:CreateGrant", [.admin, .keyAdmin]), ("kms:RevokeGrant", [.admin, .keyAdmin]),
        ("kms:ScheduleKeyDeletion", [.admin, .keyAdmin]), ("kms:CancelKeyDeletion", [.admin, .keyAdmin]),
        ("kms:EnableKeyRotation", [.admin, .keyAdmin]), ("kms:RotateKeyOnDemand", [.admin, .keyAdmin]),
        ("kms:ImportKeyMaterial", [.admin, .keyAdmin]), ("kms:GetParametersForImport", [.admin, .keyAdmin]),
        ("kms:TagResource", [.admin, .keyAdmin]), ("kms:UntagResource", [.admin, .keyAdmin]),
        ("kms:CreateAlias", [.admin, .keyAdmin]), ("kms:UpdateAlias", [.admin, .keyAdmin]),
        ("kms:DisableKey", [.admin, .keyAdmin]), ("kms:DeleteImportedKeyMaterial", [.admin, .keyAdmin]),
        ("kms:DescribeKey", Role.allCases), ("kms:ListKeys", Role.allCases), ("kms:ListAliases", Role.allCases),
        ("kms:GetPublicKey", Role.allCases),
        ("kms:GetKeyPolicy", [.admin, .keyAdmin, .auditor]), ("kms:ListGrants", [.admin, .keyAdmin, .auditor]),
        ("kms:GetKeyRotationStatus", [.admin, .keyAdmin, .auditor]),
        ("kms:ListResourceTags", [.admin, .keyAdmin, .auditor]),
        ("coffer:ReadAudit", [.admin, .auditor]), ("coffer:Reveal", [.admin]),
    ])
    func `allows what its name says, and nothing else`(action: String, allowed: [Role]) {
        for role in Role.allCases {
            let set = PolicySet(keyPolicy: nil, identityPolicies: [role.policy])
            let decision = set.evaluate(AccessRequest(Access.alice, action, on: Access.key), at: 0)
            #expect(decision.isAllowed == allowed.contains(role), "\(role.rawValue) \(action)")
        }
    }

    @Test func `of a key administrator is not talked into use by a key policy or a grant of its own`() throws {
        let policy = try Access.keyPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:*","Resource":"*"}"#
        )
        let grant = try GrantTests.grant(Access.alice, [.decrypt])
        let set = PolicySet(keyPolicy: policy, identityPolicies: [Role.keyAdmin.policy], grants: [grant])
        let decision = set.evaluate(AccessRequest(Access.alice, "kms:Decrypt", on: Access.key), at: 0)
        #expect(decision == .deny("role key-admin, statement “UseNone”"))
        #expect(set.evaluate(AccessRequest(Access.alice, "kms:PutKeyPolicy", on: Access.key), at: 0).isAllowed)
    }

    @Test func `is found by its name`() {
        for role in Role.allCases { #expect(ManagedPolicy.named(role.rawValue)?.name == "role \(role.rawValue)") }
        #expect(ManagedPolicy.named("root") == nil)
        for role in Role.allCases { #expect(role.policy.findings == []) }
    }
}

@Suite struct GrantTests {
    static func grant(
        _ grantee: Principal, _ operations: [Grant.Operation], retiring: Principal? = nil,
        _ constraints: Grant.Constraints = .init(), on key: String = "1234abcd-12ab-34cd-56ef-1234567890ab"
    ) throws -> Grant {
        Grant(
            id: String(repeating: "ab", count: 32), key: try KeyID(key), grantee: grantee.arn, retiring: retiring?.arn,
            issuer: Access.owner.arn, operations: operations, constraints: constraints, created: 0)
    }

    private func allows(
        _ grant: Grant, _ action: String, _ conditions: [String: [String]] = [:], _ who: Principal = Access.alice,
        keyPolicy: PolicyDocument? = nil
    ) -> Bool {
        let set = PolicySet(keyPolicy: keyPolicy, identityPolicies: [], grants: [grant])
        return set.evaluate(AccessRequest(who, action, on: Access.key, conditions: conditions), at: 0).isAllowed
    }

    @Test func `A grant allows its grantee its operations with its key`() throws {
        let grant = try Self.grant(Access.alice, [.decrypt, .generateDataKey])
        #expect(allows(grant, "kms:Decrypt") && allows(grant, "kms:GenerateDataKey"))
        #expect(!allows(grant, "kms:Encrypt"))
        #expect(!allows(grant, "kms:GenerateDataKeyWithoutPlaintext"))
        #expect(!allows(grant, "kms:Decrypt", [:], Access.bob))
        #expect(
            !allows(try Self.grant(Access.alice, [.decrypt], on: "99999999-12ab-34cd-56ef-1234567890ab"), "kms:Decrypt")
        )
    }

    @Test func `A grant needs no policy, and gives way to a Deny`() throws {
        let grant = try Self.grant(Access.alice, [.decrypt])
        let bobOnly = try Access.keyPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Action":"kms:*","Resource":"*"}"#
        )
        #expect(allows(grant, "kms:Decrypt", keyPolicy: bobOnly))
        let no = try Access.keyPolicy(#"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#)
        #expect(!allows(grant, "kms:Decrypt", keyPolicy: no))
    }

    @Test(
        arguments: [
            (["a": "1"], nil, ["a": "1"], true), (["a": "1"], nil, ["a": "1", "b": "2"], false),
            (["a": "1"], nil, ["a": "2"], false), (["a": "1"], nil, [:], false),
            (nil, ["a": "1"], ["a": "1"], true), (nil, ["a": "1"], ["a": "1", "b": "2"], true),
            (nil, ["a": "1"], ["b": "2"], false), (nil, ["a": "1"], [:], false),
        ] as [([String: String]?, [String: String]?, [String: String], Bool)])
    func `A constraint holds a grant to an encryption context`(
        equals: [String: String]?, subset: [String: String]?, context: [String: String], isAllowed: Bool
    ) throws {
        let grant = try Self.grant(
            Access.alice, [.decrypt, .describeKey], .init(equals: equals, subset: subset))
        var conditions: [String: [String]] = [:]
        for (name, value) in context { conditions["kms:EncryptionContext:\(name)"] = [value] }
        #expect(allows(grant, "kms:Decrypt", conditions) == isAllowed)
        #expect(allows(grant, "kms:DescribeKey"))
    }

    @Test func `A grant to make grants gives no more than it has`() throws {
        func make(_ operations: [String], type: String? = nil, _ context: [String: String] = [:]) -> [String: [String]]
        {
            var conditions = ["kms:GrantOperations": operations, "kms:GranteePrincipal": [Access.bob.arn]]
            if let type { conditions["kms:GrantConstraintType"] = [type] }
            for (name, value) in context { conditions["kms:EncryptionContext:\(name)"] = [value] }
            return conditions
        }
        let free = try Self.grant(Access.alice, [.decrypt, .createGrant])
        #expect(allows(free, "kms:CreateGrant", make(["Decrypt"])))
        #expect(!allows(free, "kms:CreateGrant", make(["Decrypt", "Encrypt"])))
        #expect(!allows(free, "kms:CreateGrant", make([])))
        #expect(!allows(try Self.grant(Access.alice, [.decrypt]), "kms:CreateGrant", make(["Decrypt"])))
        let subset = try Self.grant(Access.alice, [.decrypt, .createGrant], .init(subset: ["a": "1"]))
        #expect(!allows(subset, "kms:CreateGrant", make(["Decrypt"])))
        #expect(
            allows(subset, "kms:CreateGrant", make(["Decrypt"], type: "EncryptionContextSubset", ["a": "1", "b": "2"])))
        #expect(allows(subset, "kms:CreateGrant", make(["Decrypt"], type: "EncryptionContextEquals", ["a": "1"])))
        #expect(!allows(subset, "kms:CreateGrant", make(["Decrypt"], type: "EncryptionContextSubset", ["b": "2"])))
        let equals = try Self.grant(Access.alice, [.decrypt, .createGrant], .init(equals: ["a": "1"]))
        let both = ["EncryptionContextEquals", "EncryptionContextSubset"]
        var twice = make(["Decrypt"], type: nil, ["a": "1"])
        twice["kms:GrantConstraintType"] = both
        #expect(allows(equals, "kms:CreateGrant", twice) && allows(subset, "kms:CreateGrant", twice))
        #expect(allows(equals, "kms:CreateGrant", make(["Decrypt"], type: both[0], ["a": "1"])))
        #expect(!allows(equals, "kms:CreateGrant", make(["Decrypt"], type: both[0], ["a": "1", "b": "2"])))
        #expect(!allows(equals, "kms:CreateGrant", make(["Decrypt"], type: both[1], ["a": "1"])))
    }

    @Test func `A grant is retired by whom it names for that, or by a grantee who may`() throws {
        let grant = try Self.grant(Access.alice, [.decrypt], retiring: Access.bob)
        #expect(allows(grant, "kms:RetireGrant", [:], Access.bob))
        #expect(!allows(grant, "kms:RetireGrant", [:], Access.alice))
        #expect(!allows(grant, "kms:Decrypt", [:], Access.bob))
        #expect(allows(try Self.grant(Access.alice, [.retireGrant]), "kms:RetireGrant"))
    }

    @Test func `Somebody of another account needs both the key policy and a policy of their own`() throws {
        let stranger = Principal(
            .user, arn: "arn:aws:iam::444455556666:user/eve", account: "444455556666", name: "eve")
        let naming = try Access.keyPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/eve"},"Action":"kms:*","Resource":"*"}"#
        )
        let everybody = try Access.keyPolicy(#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#)
        let own = try Access.identity(#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)
        func decide(_ key: PolicyDocument?, _ identity: [PolicyDocument]) -> Bool {
            PolicySet(keyPolicy: key, identityPolicies: identity)
                .evaluate(AccessRequest(stranger, "kms:Decrypt", on: Access.key), at: 0).isAllowed
        }
        #expect(!decide(nil, [own]) && !decide(naming, []) && !decide(everybody, []))
        #expect(decide(naming, [own]) && decide(everybody, [own]))
        #expect(!decide(try Access.keyPolicy(Access.root), [own]))
    }
}
