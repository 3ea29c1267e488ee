import Coffer
import CofferKMS
import CofferServer
import CofferTesting
import Testing

@Suite struct `Hostile input` {
    static let operations = [
        "CancelKeyDeletion", "CreateAlias", "CreateGrant", "CreateKey", "Decrypt", "DeleteAlias",
        "DeleteImportedKeyMaterial", "DescribeKey", "DisableKey", "DisableKeyRotation", "EnableKey",
        "EnableKeyRotation", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateMac", "GenerateRandom",
        "GetKeyLastUsage", "GetKeyPolicy", "GetKeyRotationStatus", "GetParametersForImport", "GetPublicKey",
        "ImportKeyMaterial", "ListAliases", "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListKeys",
        "ListResourceTags", "ListRetirableGrants", "PutKeyPolicy", "ReEncrypt", "RetireGrant", "RevokeGrant",
        "RotateKeyOnDemand", "ScheduleKeyDeletion", "Sign", "TagResource", "UntagResource", "UpdateAlias",
        "UpdateKeyDescription", "Verify", "VerifyMac",
    ]
    static let members = [
        "KeyId", "TargetKeyId", "AliasName", "CiphertextBlob", "Plaintext", "EncryptionContext", "GrantTokens",
        "Operations", "Constraints", "Policy", "Tags", "TagKeys", "Marker", "Limit", "NumberOfBytes", "KeySpec",
        "KeyPairSpec", "Message", "Signature", "SigningAlgorithm", "Mac", "MacAlgorithm", "DestinationKeyId",
        "SourceEncryptionContext", "ImportToken", "EncryptedKeyMaterial", "ValidTo", "GrantId", "GrantToken",
        "GranteePrincipal", "WrappingAlgorithm", "WrappingKeySpec", "PendingWindowInDays", "Description",
    ]

    static func value(_ pick: inout SystemRandomNumberGenerator, _ key: String) -> JSON {
        let values: [JSON] = [
            .null, true, "", "x", .string(key), .string(String(repeating: "a", count: 5000)), "alias/", "alias/é",
            "arn:aws:kms:us-east-1:123456789012:key/", "arn:aws:kms:::::::", "AAAA", "AAA", "====", "\u{0}\u{1}",
            .number("-1"), .number("0"), .number("1e308"), .number("9223372036854775808"), .number("1.5"), .array([]),
            .object([]), .array([.null]), .array(["x", .number("1")]), .texts(["": ""]), .texts(["a": "b"]),
            .array([.members(("TagKey", "k"), ("TagValue", "v"))]), .array([.members(("TagKey", .null))]),
            .members(("EncryptionContextSubset", .array([]))), .string(#"{"Version":"2012-10-17","Statement":[{}]}"#),
            "RSA_2048", "HMAC_SHA_256", "ECDSA_SHA_256", "AES_256", .array(["Encrypt"]),
        ]
        return values.randomElement(using: &pick) ?? .null
    }

    @Test(arguments: operations) func `gets an answer, whatever it is`(operation: String) async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"]?.string)
        var pick = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let names = Self.members.shuffled(using: &pick).prefix(12)
            var members = names.map { JSON.Member($0, Self.value(&pick, key)) }
            if round % 2 == 0 { members = members.filter { $0.name != "KeyId" } + [.init("KeyId", .string(key))] }
            let answer = try await service.call(operation, .object(members))
            #expect([200, 400].contains(answer.status), "\(JSON.object(members).text)")
            if answer.status == 400 { #expect(answer.body["__type"]?.string?.isEmpty == false) }
        }
    }

    @Test(arguments: [
        "", "?", "arn:", "arn:aws:kms:us-east-1:123456789012:alias/", "arn:aws:kms:us-east-1:123456789012:key/alias/x",
        "arn:aws:kms:us-east-1:123456789012:key/../../x", "ALIAS/x", "key/x", "mrk-",
        "00000000-0000-0000-0000-00000000000G",
        "00000000000000000000000000000000000", "alias/x y", "alias/x\u{0}", "coffer:alias/x", "aws-kms://x",
        "1234ABCD-12AB-34CD-56EF-1234567890AB",
    ])
    func `in the name of a key is no key`(name: String) async throws {
        let service = try await TestService()
        let refused = try await service.call("DescribeKey", .members(("KeyId", .string(name))))
        #expect(refused.status == 400)
        let code = refused.body["__type"]?.string
        #expect(code == "NotFoundException" || code == "ValidationException")
    }
}
