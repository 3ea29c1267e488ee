import CCryptoBoringSSL

/// An `EVP_PKEY`: a public key, perhaps with its private key. BoringSSL wipes what it frees. Read-only after `init`, and
/// what BoringSSL caches in it is under its own locks.
@safe final class EngineKey: @unchecked Sendable {
    let key: OpaquePointer

    @unsafe private init(_ key: OpaquePointer) { unsafe self.key = key }

    deinit { unsafe CCryptoBoringSSL_EVP_PKEY_free(key) }

    /// A private key in PKCS#8, DER; nil for anything else. BoringSSL checks that RSA and EC keys are consistent.
    convenience init?(privateKey der: RawSpan) {
        var bytes = unsafe CBS(data: der.start?.assumingMemoryBound(to: UInt8.self), len: der.byteCount)
        unsafe self.init(parsed: CCryptoBoringSSL_EVP_parse_private_key(&bytes), left: bytes.len)
    }

    /// SubjectPublicKeyInfo in DER; nil for anything else.
    convenience init?(publicKey der: [UInt8]) {
        let (parsed, left) = unsafe der.withUnsafeBufferPointer { der in
            var bytes = unsafe CBS(data: der.baseAddress, len: der.count)
            return unsafe (CCryptoBoringSSL_EVP_parse_public_key(&bytes), bytes.len)
        }
        unsafe self.init(parsed: parsed, left: left)
    }

    /// The public key at a point of a curve of NIST, compressed or not (SEC 1, 2.3.3); nil where there is none.
    convenience init?(_ kind: KeyPair.Kind, point: [UInt8]) {
        guard let ec = unsafe CCryptoBoringSSL_EC_KEY_new_by_curve_name(kind.curve) else { return nil }
        defer { unsafe CCryptoBoringSSL_EC_KEY_free(ec) }
        guard unsafe CCryptoBoringSSL_EC_KEY_oct2key(ec, point, point.count, nil) == 1,
            let key = unsafe CCryptoBoringSSL_EVP_PKEY_new()
        else {
            CCryptoBoringSSL_ERR_clear_error()
            return nil
        }
        unsafe self.init(key)
        guard unsafe CCryptoBoringSSL_EVP_PKEY_set1_EC_KEY(key, ec) == 1 else { return nil }
    }

    /// The public key of a curve of NIST as a compressed point; nil for other keys.
    var compressedPoint: [UInt8]? {
        guard let ec = unsafe CCryptoBoringSSL_EVP_PKEY_get0_EC_KEY(key) else { return nil }
        let (group, point) = unsafe (
            CCryptoBoringSSL_EC_KEY_get0_group(ec), CCryptoBoringSSL_EC_KEY_get0_public_key(ec)
        )
        var bytes = [UInt8](repeating: 0, count: 1 + 66)
        let count = unsafe CCryptoBoringSSL_EC_POINT_point2oct(
            group, point, POINT_CONVERSION_COMPRESSED, &bytes, bytes.count, nil)
        return Array(bytes.prefix(count))
    }

    @unsafe private convenience init?(parsed: OpaquePointer?, left: Int) {
        guard let parsed = unsafe parsed else {
            CCryptoBoringSSL_ERR_clear_error()
            return nil
        }
        unsafe self.init(parsed)
        guard left == 0 else { return nil }
    }

    /// A new key.
    static func generate(_ kind: KeyPair.Kind) -> EngineKey? {
        guard let key = unsafe CCryptoBoringSSL_EVP_PKEY_new() else { return nil }
        let engine = unsafe EngineKey(key)
        let isDone =
            switch kind {
            case .rsa2048, .rsa3072, .rsa4096: engine.generateRSA(bits: Int32(kind.modulusByteCount! * 8))
            case .p256, .p384, .p521: engine.generateEC(kind.curve)
            case .ed25519: nil as Bool?
            }
        guard let isDone else { return generateEd25519() }
        return isDone ? engine : nil
    }

    private func generateRSA(bits: Int32) -> Bool {
        guard let rsa = unsafe CCryptoBoringSSL_RSA_new() else { return false }
        defer { unsafe CCryptoBoringSSL_RSA_free(rsa) }
        guard let exponent = unsafe CCryptoBoringSSL_BN_new() else { return false }
        defer { unsafe CCryptoBoringSSL_BN_free(exponent) }
        return unsafe CCryptoBoringSSL_BN_set_word(exponent, 65537) == 1
            && CCryptoBoringSSL_RSA_generate_key_ex(rsa, bits, exponent, nil) == 1
            && CCryptoBoringSSL_EVP_PKEY_set1_RSA(key, rsa) == 1
    }

    private func generateEC(_ curve: Int32) -> Bool {
        guard let ec = unsafe CCryptoBoringSSL_EC_KEY_new_by_curve_name(curve) else { return false }
        defer { unsafe CCryptoBoringSSL_EC_KEY_free(ec) }
        return unsafe CCryptoBoringSSL_EC_KEY_generate_key(ec) == 1
            && CCryptoBoringSSL_EVP_PKEY_set1_EC_KEY(key, ec) == 1
    }

    private static func generateEd25519() -> EngineKey? {
        let seed = Randomness.system.secret(count: 32)
        return seed.withBytes { seed in
            let bytes = unsafe seed.start!.assumingMemoryBound(to: UInt8.self)
            let key = unsafe CCryptoBoringSSL_EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, 32)
            return unsafe key.map { unsafe EngineKey($0) }
        }
    }
}

extension EngineKey {
    /// Whether it is a key of this kind, of exactly this size.
    func isOf(_ kind: KeyPair.Kind) -> Bool {
        let type = unsafe CCryptoBoringSSL_EVP_PKEY_id(key)
        switch kind {
        case .rsa2048, .rsa3072, .rsa4096:
            return unsafe type == EVP_PKEY_RSA && Int(CCryptoBoringSSL_EVP_PKEY_bits(key)) == kind.modulusByteCount! * 8
        case .p256, .p384, .p521:
            guard type == EVP_PKEY_EC, let ec = unsafe CCryptoBoringSSL_EVP_PKEY_get0_EC_KEY(key) else { return false }
            return unsafe CCryptoBoringSSL_EC_GROUP_get_curve_name(CCryptoBoringSSL_EC_KEY_get0_group(ec)) == kind.curve
        case .ed25519: return type == EVP_PKEY_ED25519
        }
    }

    /// The private key in PKCS#8, DER.
    var privateKey: SecretBytes {
        unsafe marshal {
            unsafe CCryptoBoringSSL_EVP_marshal_private_key($0, key)
        } take: {
            SecretBytes(copying: $0)
        }
    }

    /// SubjectPublicKeyInfo in DER.
    var publicKey: [UInt8] {
        unsafe marshal {
            unsafe CCryptoBoringSSL_EVP_marshal_public_key($0, key)
        } take: { bytes in
            [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) }
        }
    }

    /// The buffer is BoringSSL's, which wipes it when it frees or moves it.
    @unsafe private func marshal<Result: ~Copyable>(
        _ write: (UnsafeMutablePointer<CBB>) -> Int32, take: (RawSpan) -> Result
    ) -> Result {
        var builder = unsafe CBB()
        var start: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard unsafe CCryptoBoringSSL_CBB_init(&builder, 4096) == 1, unsafe write(&builder) == 1,
            unsafe CCryptoBoringSSL_CBB_finish(&builder, &start, &count) == 1, let start = unsafe start
        else { fatalError("no memory for a key") }
        defer { unsafe CCryptoBoringSSL_OPENSSL_free(start) }
        return unsafe take(UnsafeRawBufferPointer(start: start, count: count).bytes)
    }
}

extension KeyPair.Kind {
    /// The curve as BoringSSL knows it.
    fileprivate var curve: Int32 {
        switch self {
        case .p384: NID_secp384r1
        case .p521: NID_secp521r1
        default: NID_X9_62_prime256v1
        }
    }
}
