/// What kind of key it is, by the names AWS gives them.
public enum KeySpec: String, Hashable, Sendable, CaseIterable {
    /// A key for encryption whose material never leaves its holder: AES-256.
    case symmetricDefault = "SYMMETRIC_DEFAULT"
    /// A key for HMAC with the hash of this name.
    case hmac224 = "HMAC_224"
    /// The same.
    case hmac256 = "HMAC_256"
    /// The same.
    case hmac384 = "HMAC_384"
    /// The same.
    case hmac512 = "HMAC_512"
    /// An RSA key pair with a modulus of so many bits: for encryption or for signatures, not for both.
    case rsa2048 = "RSA_2048"
    /// The same.
    case rsa3072 = "RSA_3072"
    /// The same.
    case rsa4096 = "RSA_4096"
    /// A key pair on an elliptic curve of NIST, for signatures (ECDSA).
    case eccNISTP256 = "ECC_NIST_P256"
    /// The same.
    case eccNISTP384 = "ECC_NIST_P384"
    /// The same.
    case eccNISTP521 = "ECC_NIST_P521"
    /// A key pair on edwards25519, for signatures (RFC 8032).
    case ed25519 = "ECC_NIST_EDWARDS25519"
}

extension KeySpec {
    /// What keys of this kind may be made for; each one is for one of them.
    public var usages: [KeyDescription.Usage] {
        switch self {
        case .symmetricDefault: [.encryptDecrypt]
        case .hmac224, .hmac256, .hmac384, .hmac512: [.generateVerifyMAC]
        case .rsa2048, .rsa3072, .rsa4096: [.encryptDecrypt, .signVerify]
        case .eccNISTP256, .eccNISTP384, .eccNISTP521, .ed25519: [.signVerify]
        }
    }

    /// Whether it is a pair of a private and a public key.
    public var isAsymmetric: Bool { modulusByteCount != nil || usages == [.signVerify] }

    /// Bytes of the modulus of an RSA key.
    public var modulusByteCount: Int? {
        switch self {
        case .rsa2048: 256
        case .rsa3072: 384
        case .rsa4096: 512
        default: nil
        }
    }

    /// How keys of this kind encrypt, for keys that do.
    public var encryptionAlgorithms: [EncryptionAlgorithm] {
        switch self {
        case .symmetricDefault: [.symmetricDefault]
        case .rsa2048, .rsa3072, .rsa4096: [.rsaOAEPSHA1, .rsaOAEPSHA256]
        default: []
        }
    }

    /// How keys of this kind sign, for keys that do.
    public var signingAlgorithms: [SigningAlgorithm] {
        switch self {
        case .rsa2048, .rsa3072, .rsa4096:
            [
                .rsaPKCS1SHA256, .rsaPKCS1SHA384, .rsaPKCS1SHA512, .rsaPSSSHA256, .rsaPSSSHA384, .rsaPSSSHA512,
            ]
        case .eccNISTP256: [.ecdsaSHA256]
        case .eccNISTP384: [.ecdsaSHA384]
        case .eccNISTP521: [.ecdsaSHA512]
        // Not ED25519_PH_SHA_512, which the embedded store does not make.
        case .ed25519: [.ed25519SHA512]
        default: []
        }
    }

    /// How keys of this kind make MACs.
    public var macAlgorithms: [MACAlgorithm] {
        switch self {
        case .hmac224: [.hmacSHA224]
        case .hmac256: [.hmacSHA256]
        case .hmac384: [.hmacSHA384]
        case .hmac512: [.hmacSHA512]
        default: []
        }
    }
}

/// Where the material of a key comes from.
public enum KeyOrigin: String, Hashable, Sendable {
    /// Made by whoever holds the key. (The name is AWS's; in the embedded store it was made there.)
    case generated = "AWS_KMS"
    /// Made elsewhere, and imported.
    case external = "EXTERNAL"
}
