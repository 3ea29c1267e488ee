/// One member of an operation's input and what is taken for it, as the model of the API declares it.
struct Member: Sendable {
    /// What a value may be.
    indirect enum Kind: Sendable {
        case text(ClosedRange<Int>, Pattern? = nil)
        case choice(Choice)
        case integer(ClosedRange<Int>)
        case boolean
        case blob(ClosedRange<Int>)
        case timestamp
        case texts(Kind, count: ClosedRange<Int>? = nil)
        case map
        case structure([Member])
        case structures([Member])
    }

    /// The name on the wire: `KeyId`.
    let name: String
    let kind: Kind
    let isRequired: Bool

    init(_ name: String, _ kind: Kind, required: Bool = false) {
        self.name = name
        self.kind = kind
        isRequired = required
    }

    /// The name in the sentences of validation errors: `keyId`.
    var path: String { name.prefix(1).lowercased() + name.dropFirst() }
}

/// A set of words. What is said of it is what AWS says, which lags behind what it takes.
struct Choice: Sendable {
    let accepted: [String]
    let told: [String]

    init(_ accepted: [String], told: [String]? = nil) { (self.accepted, self.told) = (accepted, told ?? accepted) }
}

/// A set of characters, with the regular expression that AWS quotes for it.
struct Pattern: Sendable {
    let expression: String
    let allows: @Sendable (Unicode.Scalar) -> Bool

    func matches(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(allows) }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    private static func set(_ expression: String, _ others: String) -> Pattern {
        let others = Array(others.unicodeScalars)
        return Pattern(expression: expression) { isLetterOrDigit($0) || others.contains($0) }
    }

    static let name = set("^[a-zA-Z0-9:/_-]+$", ":/_-")
    static let principal = set(#"^[\w+=,.@:/-]+$"#, "_+=,.@:/-")
    static let word = set(#"[\w]+"#, "_")
    static let materialID = Pattern(expression: "^[a-f0-9]+$") { ("a"..."f").contains($0) || ("0"..."9").contains($0) }
    static let policy = Pattern(expression: #"[\u0009\u000A\u000D\u0020-\u00FF]+"#) {
        $0 == "\t" || $0 == "\n" || $0 == "\r" || (0x20...0xff).contains($0.value)
    }
    static let marker = Pattern(expression: #"[\u0020-\u00FF]*"#) { (0x20...0xff).contains($0.value) }
}

extension Member {
    static func key(_ name: String = "KeyId", required: Bool = true) -> Member {
        Member(name, .text(1...2048), required: required)
    }
    static func context(_ name: String = "EncryptionContext") -> Member { Member(name, .map) }
    static let grantTokens = Member("GrantTokens", .texts(.text(1...8192), count: 0...10))
    static let dryRun = Member("DryRun", .boolean)
    static let limit = Member("Limit", .integer(1...1000))
    static let marker = Member("Marker", .text(1...1024, .marker))
    static let bypass = Member("BypassPolicyLockoutSafetyCheck", .boolean)
    static let recipient = Member(
        "Recipient",
        .structure([
            Member("KeyEncryptionAlgorithm", .choice(.init(["RSAES_OAEP_SHA_256"]))),
            Member("AttestationDocument", .blob(1...262_144)),
        ]))
    static func policy(required: Bool = false) -> Member {
        Member("Policy", .text(1...131_072, .policy), required: required)
    }
    static func tags(required: Bool = false) -> Member {
        Member(
            "Tags",
            .structures([
                Member("TagKey", .text(1...128), required: true), Member("TagValue", .text(0...256), required: true),
            ]), required: required)
    }
    static func message(_ name: String = "Message") -> Member { Member(name, .blob(1...4096), required: true) }
    static func ciphertext(_ name: String = "CiphertextBlob", required: Bool = true) -> Member {
        Member(name, .blob(1...6144), required: required)
    }
}

extension Choice {
    static let encryptionAlgorithm = Choice([
        "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE",
    ])
    static let signingAlgorithm = Choice([
        "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512", "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512", "ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512",
        "SM2DSA", "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512",
    ])
    static let macAlgorithm = Choice(
        ["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"],
        told: ["HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"])
    static let messageType = Choice(["RAW", "DIGEST", "EXTERNAL_MU"])
    static let keyUsage = Choice(
        ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"],
        told: ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"])
    static let keySpec = Choice(
        [
            "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521",
            "ECC_SECG_P256K1", "SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512", "SM2", "ML_DSA_44",
            "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024",
        ],
        told: [
            "RSA_2048", "ECC_NIST_P384", "ECC_NIST_P256", "ECC_NIST_P521", "HMAC_384", "RSA_3072", "ECC_SECG_P256K1",
            "RSA_4096", "SYMMETRIC_DEFAULT", "HMAC_256", "HMAC_224", "HMAC_512",
        ])
    static let keyPairSpec = Choice([
        "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2",
        "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024",
    ])
    static let dataKeySpec = Choice(["AES_256", "AES_128"])
    static let origin = Choice(["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"])
    static let wrappingAlgorithm = Choice([
        "RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1",
        "RSA_AES_KEY_WRAP_SHA_256", "SM2PKE",
    ])
    static let wrappingKeySpec = Choice(["RSA_2048", "RSA_3072", "RSA_4096", "SM2"])
    static let expirationModel = Choice(["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"])
    static let keyAgreementAlgorithm = Choice(["ECDH"])
    static let grantOperation = Choice([
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
        "Sign", "Verify", "GetPublicKey", "CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "DeriveSharedSecret", "Encapsulate",
        "Decapsulate",
    ])
}
