/// How something is encrypted, by the names AWS gives them.
public enum EncryptionAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// AES-256-GCM, with the encryption context bound in.
    case symmetricDefault = "SYMMETRIC_DEFAULT"
    /// RSA-OAEP with SHA-1, also in MGF1; no label (RFC 8017, 7.1).
    case rsaOAEPSHA1 = "RSAES_OAEP_SHA_1"
    /// RSA-OAEP with SHA-256, also in MGF1; no label.
    case rsaOAEPSHA256 = "RSAES_OAEP_SHA_256"
}

/// How something is signed, by the names AWS gives them.
public enum SigningAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// RSASSA-PSS (RFC 8017, 8.1) with this hash, also in MGF1; the salt is as long as the digest.
    case rsaPSSSHA256 = "RSASSA_PSS_SHA_256"
    /// The same.
    case rsaPSSSHA384 = "RSASSA_PSS_SHA_384"
    /// The same.
    case rsaPSSSHA512 = "RSASSA_PSS_SHA_512"
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) with this hash.
    case rsaPKCS1SHA256 = "RSASSA_PKCS1_V1_5_SHA_256"
    /// The same.
    case rsaPKCS1SHA384 = "RSASSA_PKCS1_V1_5_SHA_384"
    /// The same.
    case rsaPKCS1SHA512 = "RSASSA_PKCS1_V1_5_SHA_512"
    /// ECDSA (FIPS 186-5) with this hash; the signature is DER.
    case ecdsaSHA256 = "ECDSA_SHA_256"
    /// The same.
    case ecdsaSHA384 = "ECDSA_SHA_384"
    /// The same.
    case ecdsaSHA512 = "ECDSA_SHA_512"
    /// Ed25519 (RFC 8032) of the message itself.
    case ed25519SHA512 = "ED25519_SHA_512"
    /// Ed25519ph (RFC 8032) of a digest. The embedded store does not make or check these.
    case ed25519phSHA512 = "ED25519_PH_SHA_512"

    /// Bytes of the digest that is signed.
    public var digestByteCount: Int {
        switch self {
        case .rsaPSSSHA256, .rsaPKCS1SHA256, .ecdsaSHA256: 32
        case .rsaPSSSHA384, .rsaPKCS1SHA384, .ecdsaSHA384: 48
        case .rsaPSSSHA512, .rsaPKCS1SHA512, .ecdsaSHA512, .ed25519SHA512, .ed25519phSHA512: 64
        }
    }
}

/// How a MAC is made, by the names AWS gives them.
public enum MACAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// HMAC (RFC 2104) with this hash.
    case hmacSHA224 = "HMAC_SHA_224"
    /// The same.
    case hmacSHA256 = "HMAC_SHA_256"
    /// The same.
    case hmacSHA384 = "HMAC_SHA_384"
    /// The same.
    case hmacSHA512 = "HMAC_SHA_512"
}

/// How key material is wrapped to be imported, by the names AWS gives them.
public enum WrappingAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// RSA-OAEP with SHA-1: for material that fits.
    case rsaOAEPSHA1 = "RSAES_OAEP_SHA_1"
    /// RSA-OAEP with SHA-256.
    case rsaOAEPSHA256 = "RSAES_OAEP_SHA_256"
    /// An AES-256 key by RSA-OAEP with SHA-1, and behind it the material by AES key wrap with padding (RFC 5649).
    case rsaAESKeyWrapSHA1 = "RSA_AES_KEY_WRAP_SHA_1"
    /// The same with SHA-256.
    case rsaAESKeyWrapSHA256 = "RSA_AES_KEY_WRAP_SHA_256"
}
