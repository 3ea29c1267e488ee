import Coffer
import Testing

@Suite struct `A statement` {
    private func allows(
        _ statement: String, _ action: String = "kms:Decrypt", on resource: String = Access.key,
        _ who: Principal = Access.alice
    ) throws -> Bool {
        let set = PolicySet(keyPolicy: nil, identityPolicies: [try Access.identity(statement)])
        return set.evaluate(AccessRequest(who, action, on: resource), at: Access.now).isAllowed
    }

    @Test(arguments: [
        (#""kms:Decrypt""#, "kms:Decrypt", true), (#""kms:Decrypt""#, "kms:Encrypt", false),
        (#""KMS:decrypt""#, "kms:Decrypt", true), (#""kms:DECRYPT""#, "kms:Decrypt", true),
        (#""kms:*""#, "kms:Decrypt", true), (#""*""#, "kms:Decrypt", true), (#""*""#, "coffer:ReadAudit", true),
        (#""kms:*""#, "coffer:ReadAudit", false), (#""s3:*""#, "kms:Decrypt", false),
        (#""kms:De*""#, "kms:DescribeKey", true), (#""kms:De*""#, "kms:Encrypt", false),
        (#""kms:*crypt""#, "kms:Encrypt", true), (#""kms:*crypt""#, "kms:ReEncryptFrom", false),
        (#""kms:ReEncrypt*""#, "kms:ReEncryptFrom", true), (#""kms:ReEncrypt*""#, "kms:Encrypt", false),
        (#""kms:?ecrypt""#, "kms:Decrypt", true), (#""kms:?ncrypt""#, "kms:Decrypt", false),
        (#""kms:Decryp??""#, "kms:Decrypt", false), (#""kms:G*Data*Pair*""#, "kms:GenerateDataKeyPair", true),
        (#""kms:G*Data*Pair*""#, "kms:GenerateDataKey", false),
        (#""kms:GenerateDataKey""#, "kms:GenerateDataKeyPair", false),
        (#"["kms:Encrypt","kms:Decrypt"]"#, "kms:Decrypt", true),
        (#"["kms:Encrypt","kms:Sign"]"#, "kms:Decrypt", false),
    ])
    func `covers actions`(written: String, action: String, isCovered: Bool) throws {
        #expect(try allows(#"{"Effect":"Allow","Action":\#(written),"Resource":"*"}"#, action) == isCovered)
        #expect(try allows(#"{"Effect":"Allow","NotAction":\#(written),"Resource":"*"}"#, action) == !isCovered)
    }

    @Test(arguments: [
        ("*", true), (Access.key, true), (Access.other, false),
        ("arn:aws:kms:*:111122223333:key/*", true), ("arn:aws:kms:eu-central-1:*:key/*", true),
        ("arn:aws:kms:*", true), ("arn:aws:*", true), ("arn:*", true), ("arn:*:kms:*:*:key/*", true),
        ("arn:aws:kms:us-east-1:111122223333:key/*", false), ("arn:aws:kms:eu-central-1:444455556666:key/*", false),
        ("arn:aws:kms:eu-central-1:111122223333:alias/*", false), ("arn:aws:s3:::*", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-*", true),
        ("arn:aws:kms:eu-central-1:111122223333:key/1234ABCD-*", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/????????-12ab-34cd-56ef-1234567890ab", true),
        ("arn:aws:kms:eu-central-1:111122223333:key/???????-12ab-34cd-56ef-1234567890ab", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890abc", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890a", false),
        ("arn:aws:kms:eu-central-1:${aws:PrincipalAccount}:key/*", true),
        ("arn:aws:kms:eu-central-1:111122223333:key/${aws:username}", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/${aws:PrincipalTag/none}*", false),
        ("arn:aws:kms:eu-central-1:111122223333:key/${aws:PrincipalTag/none, '1234'}*", true),
        ("arn:aws:kms:eu-central-1:111122223333:key/${*}", false),
    ])
    func `covers resources`(written: String, isCovered: Bool) throws {
        #expect(try allows(#"{"Effect":"Allow","Action":"kms:*","Resource":"\#(written)"}"#) == isCovered)
        #expect(
            try allows(#"{"Effect":"Allow","Action":"kms:*","Resource":["arn:aws:s3:::x","\#(written)"]}"#) == isCovered
        )
        // Where nobody knows what is left out, nothing is allowed.
        let isUnknown = written.contains("/none}")
        #expect(
            try allows(#"{"Effect":"Allow","Action":"kms:*","NotResource":"\#(written)"}"#)
                == (!isCovered && !isUnknown))
    }

    @Test func `with NotResource denies all where nobody knows what is left out`() throws {
        let no = """
            {"Effect":"Deny","Action":"*","NotResource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/none}"}
            """
        let set = PolicySet(
            keyPolicy: nil,
            identityPolicies: [try Access.identity(#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, no)])
        #expect(!set.evaluate(AccessRequest(Access.alice, "kms:Decrypt", on: Access.key), at: 0).isAllowed)
    }

    @Test(arguments: [
        (#""*""#, true, true), (#"{"AWS":"*"}"#, true, true),
        (#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, true, false),
        (#"{"AWS":["arn:aws:iam::111122223333:user/bob","arn:aws:iam::111122223333:user/alice"]}"#, true, true),
        (#"{"AWS":"arn:aws:iam::111122223333:user/ALICE"}"#, false, false),
        (#"{"AWS":"arn:aws:iam::444455556666:user/alice"}"#, false, false),
        (#"{"AWS":"arn:aws:iam::111122223333:role/alice"}"#, false, false),
        (#"{"AWS":"arn:aws:iam::111122223333:root"}"#, false, false), (#"{"AWS":"111122223333"}"#, false, false),
        (#"{"Service":"s3.amazonaws.com"}"#, false, false),
        (#"{"Service":"s3.amazonaws.com","AWS":"arn:aws:iam::111122223333:user/alice"}"#, true, false),
        (#"{"Federated":"accounts.google.com"}"#, false, false),
    ])
    func `of a key policy allows whom it names, by itself`(written: String, alice: Bool, bob: Bool) throws {
        let set = PolicySet(
            keyPolicy: try Access.keyPolicy(#"{"Effect":"Allow","Principal":\#(written),"Action":"*","Resource":"*"}"#),
            identityPolicies: [])
        for (who, isAllowed) in [(Access.alice, alice), (Access.bob, bob)] {
            #expect(set.evaluate(AccessRequest(who, "kms:Decrypt", on: Access.key), at: 0).isAllowed == isAllowed)
        }
    }

    @Test(arguments: [
        (#""Principal":"*""#, false, false), (#""Principal":{"AWS":"111122223333"}"#, false, false),
        (#""Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, false, true),
        (#""Principal":{"Service":"s3.amazonaws.com"}"#, true, true),
        (
            #""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:root"]}"#, true,
            false
        ),
        // As AWS has it, the account must be named beside whoever is left out.
        (#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, false, false),
        (#""NotPrincipal":{"AWS":"111122223333"}"#, false, false),
    ])
    func `of a key policy denies whom it is about`(written: String, alice: Bool, bob: Bool) throws {
        let set = PolicySet(
            keyPolicy: try Access.keyPolicy(
                Access.root, #"{"Effect":"Deny",\#(written),"Action":"*","Resource":"*"}"#),
            identityPolicies: [try Access.identity(#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)])
        for (who, isAllowed) in [(Access.alice, alice), (Access.bob, bob)] {
            #expect(set.evaluate(AccessRequest(who, "kms:Decrypt", on: Access.key), at: 0).isAllowed == isAllowed)
        }
    }
}
