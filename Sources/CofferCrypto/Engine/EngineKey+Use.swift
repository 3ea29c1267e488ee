import CCryptoBoringSSL

extension EngineKey {
    /// The signature of a digest, or of a message for Ed25519.
    func sign(_ digest: [UInt8], _ scheme: SignatureScheme) -> [UInt8]? {
        if case .ed25519 = scheme { return signMessage(digest) }
        return unsafe operate(CCryptoBoringSSL_EVP_PKEY_sign_init, { unsafe scheme.apply($0) }) { context in
            unsafe Self.output(of: { unsafe CCryptoBoringSSL_EVP_PKEY_sign(context, $0, $1, digest, digest.count) })
        }
    }

    /// Whether `signature` is one of the digest, or of the message for Ed25519.
    func isValid(_ signature: [UInt8], of digest: [UInt8], _ scheme: SignatureScheme) -> Bool {
        if case .ed25519 = scheme { return isValid(signature, ofMessage: digest) }
        return unsafe operate(CCryptoBoringSSL_EVP_PKEY_verify_init, { unsafe scheme.apply($0) }) { context in
            unsafe CCryptoBoringSSL_EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
                ? true : nil
        } ?? false
    }

    /// A ciphertext of RSA-OAEP.
    func encrypt(_ plaintext: RawSpan, _ hash: OAEPHash) -> [UInt8]? {
        let source = unsafe plaintext.start?.assumingMemoryBound(to: UInt8.self)
        return unsafe operate(CCryptoBoringSSL_EVP_PKEY_encrypt_init, { unsafe hash.apply($0) }) { context in
            unsafe Self.output(of: {
                unsafe CCryptoBoringSSL_EVP_PKEY_encrypt(context, $0, $1, source, plaintext.byteCount)
            })
        }
    }

    /// The plaintext of a ciphertext of RSA-OAEP; nil whatever is wrong.
    func decrypt(_ ciphertext: [UInt8], _ hash: OAEPHash) -> SecretBytes? {
        var count = 0
        var isDone: Bool?
        let whole = SecretBytes(count: ciphertext.count) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                guard let target = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
                count = buffer.count
                used = buffer.count
                isDone = unsafe operate(CCryptoBoringSSL_EVP_PKEY_decrypt_init, { unsafe hash.apply($0) }) { context in
                    unsafe CCryptoBoringSSL_EVP_PKEY_decrypt(context, target, &count, ciphertext, ciphertext.count) == 1
                        ? true : nil
                }
            }
        }
        guard isDone == true else { return nil }
        return whole.withBytes { SecretBytes(copying: $0.extracting(..<count)) }
    }
}

extension EngineKey {
    /// One operation in a context of its own; nil, with BoringSSL's list of errors emptied, where any step fails.
    @unsafe private func operate<Result>(
        _ begin: (OpaquePointer?) -> Int32, _ parameters: (OpaquePointer) -> Bool, _ body: (OpaquePointer) -> Result?
    ) -> Result? {
        guard let context = unsafe CCryptoBoringSSL_EVP_PKEY_CTX_new(key, nil) else { return nil }
        defer { unsafe CCryptoBoringSSL_EVP_PKEY_CTX_free(context) }
        if unsafe begin(context) == 1, unsafe parameters(context), let result = unsafe body(context) { return result }
        CCryptoBoringSSL_ERR_clear_error()
        return nil
    }

    /// Asks how long the output can be, and then for it.
    @unsafe private static func output(
        of body: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>) -> Int32
    ) -> [UInt8]? {
        var count = 0
        guard unsafe body(nil, &count) == 1 else { return nil }
        var isDone = false
        let output = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            isDone = unsafe body(buffer.baseAddress, &count) == 1
            used = isDone ? count : 0
        }
        return isDone ? output : nil
    }

    private func signMessage(_ message: [UInt8]) -> [UInt8]? {
        guard let context = unsafe CCryptoBoringSSL_EVP_MD_CTX_new() else { return nil }
        defer { unsafe CCryptoBoringSSL_EVP_MD_CTX_free(context) }
        guard unsafe CCryptoBoringSSL_EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
        return unsafe Self.output(of: {
            unsafe CCryptoBoringSSL_EVP_DigestSign(context, $0, $1, message, message.count)
        })
    }

    private func isValid(_ signature: [UInt8], ofMessage message: [UInt8]) -> Bool {
        guard let context = unsafe CCryptoBoringSSL_EVP_MD_CTX_new() else { return false }
        defer { unsafe CCryptoBoringSSL_EVP_MD_CTX_free(context) }
        guard unsafe CCryptoBoringSSL_EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1,
            unsafe CCryptoBoringSSL_EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        else {
            CCryptoBoringSSL_ERR_clear_error()
            return false
        }
        return true
    }
}

extension SignatureScheme {
    /// Sets padding and hash.
    @unsafe fileprivate func apply(_ context: OpaquePointer) -> Bool {
        switch self {
        case .rsaPSS(let hash):
            unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && CCryptoBoringSSL_EVP_PKEY_CTX_set_signature_md(context, hash.engine) == 1
                && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
                && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash.engine) == 1
        case .rsaPKCS1(let hash):
            unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                && CCryptoBoringSSL_EVP_PKEY_CTX_set_signature_md(context, hash.engine) == 1
        case .ecdsa(let hash): unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_signature_md(context, hash.engine) == 1
        case .ed25519: true
        }
    }
}

extension OAEPHash {
    /// Sets padding and both hashes.
    @unsafe fileprivate func apply(_ context: OpaquePointer) -> Bool {
        let hash = unsafe self == .sha1 ? CCryptoBoringSSL_EVP_sha1() : CCryptoBoringSSL_EVP_sha256()
        return unsafe CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
            && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_oaep_md(context, hash) == 1
            && CCryptoBoringSSL_EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1
    }
}
