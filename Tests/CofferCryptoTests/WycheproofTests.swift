import CofferCrypto
import Testing

@Suite struct `Wycheproof vectors` {
    @Test(.enabled(if: Vectors.exist("aes_gcm"), "no vectors: set COFFER_VECTORS"))
    func `of AES-GCM seal and open as they say`() throws {
        #expect(try check("aes_gcm", .aes256GCM) == 66)
    }

    @Test(.enabled(if: Vectors.exist("chacha20_poly1305"), "no vectors: set COFFER_VECTORS"))
    func `of ChaCha20-Poly1305 seal and open as they say`() throws {
        #expect(try check("chacha20_poly1305", .chaCha20Poly1305) == 316)
    }

    @Test(.enabled(if: Vectors.exist("aes_gcm_siv"), "no vectors: set COFFER_VECTORS"))
    func `of AES-GCM-SIV seal and open as they say`() throws {
        #expect(try check("aes_gcm_siv", .aes256GCMSIV) == 103)
        #expect(try check("aes_gcm_siv", .aes128GCMSIV) == 99)
    }

    @Test(.enabled(if: Vectors.exist("aes_cmac"), "no vectors: set COFFER_VECTORS"))
    func `of AES-CMAC verify as they say`() throws {
        var count = 0
        for group in try Vectors.wycheproof("aes_cmac") {
            for test in group.tests {
                count += 1
                let (message, tag) = (test.bytes(\.msg), test.bytes(\.tag))
                guard let mac = try? AESCMAC(key: secret(test.bytes(\.key))) else {
                    #expect(![128, 192, 256].contains(group.keySize) && !test.isValid, "\(test.tcId)")
                    continue
                }
                let verified = unsafe mac.verify(truncated: tag.span.bytes, for: message.span.bytes)
                #expect(verified == test.isValid, "\(test.tcId)")
            }
        }
        #expect(count == 311)
    }

    /// Runs what the cipher takes and returns how many; other nonce sizes must be refused.
    private func check(_ file: String, _ algorithm: AEAD.Algorithm) throws -> Int {
        var count = 0
        for group in try Vectors.wycheproof(file) where group.keySize == algorithm.keyByteCount * 8 {
            for test in group.tests {
                let aead = try AEAD(algorithm, key: secret(test.bytes(\.key)))
                let (nonce, additional) = (test.bytes(\.iv), test.bytes(\.aad))
                let sealed = test.bytes(\.ct) + test.bytes(\.tag)
                guard group.ivSize == 96 else {
                    #expect(throws: CryptoError.Code.invalidNonce.error, "\(test.tcId)") {
                        try aead.open(sealed, nonce: nonce, additionalData: additional)
                    }
                    continue
                }
                count += 1
                guard test.isValid else {
                    #expect(throws: CryptoError.Code.notAuthentic.error, "\(test.tcId)") {
                        try aead.open(sealed, nonce: nonce, additionalData: additional)
                    }
                    continue
                }
                let message = test.bytes(\.msg)
                #expect(try aead.seal(message, nonce: nonce, additionalData: additional) == sealed, "\(test.tcId)")
                #expect(try aead.open(sealed, nonce: nonce, additionalData: additional) == message, "\(test.tcId)")
            }
        }
        return count
    }

    @Test(.enabled(if: Vectors.exist("aes_siv_cmac"), "no vectors: set COFFER_VECTORS"))
    func `of AES-SIV seal and open as they say`() throws {
        var count = 0
        for test in try Vectors.wycheproof("aes_siv_cmac").flatMap(\.tests) {
            count += 1
            let siv = try AESSIV(key: secret(test.bytes(\.key)))
            let (sealed, additional) = (test.bytes(\.ct), test.bytes(\.aad))
            guard test.isValid else {
                #expect(throws: CryptoError.Code.notAuthentic.error, "\(test.tcId)") {
                    try siv.open(sealed, additionalData: additional)
                }
                continue
            }
            #expect(try siv.seal(test.bytes(\.msg), additionalData: additional) == sealed, "\(test.tcId)")
            #expect(try siv.open(sealed, additionalData: additional) == test.bytes(\.msg), "\(test.tcId)")
        }
        #expect(count == 442)
    }

    @Test(.enabled(if: Vectors.exist("hmac_sha256"), "no vectors: set COFFER_VECTORS"))
    func `of HMAC-SHA-256 verify as they say`() throws {
        var count = 0
        for group in try Vectors.wycheproof("hmac_sha256") {
            for test in group.tests {
                count += 1
                let (message, tag) = (test.bytes(\.msg), test.bytes(\.tag))
                let hmac = HMAC(.sha256, key: secret(test.bytes(\.key)))
                let isWhole = group.tagSize == 256
                let verified = unsafe hmac.verify(tag.span.bytes, for: message.span.bytes)
                #expect(verified == (isWhole && test.isValid), "\(test.tcId)")
                // Coffer truncates no tags; the start of its own must still be right.
                let start = unsafe hmac.tag(message.span.bytes).exposed().prefix(tag.count)
                #expect((Array(start) == tag) == test.isValid, "\(test.tcId)")
            }
        }
        #expect(count == 174)
    }

    @Test(
        .enabled(if: Vectors.exist("hkdf_sha256"), "no vectors: set COFFER_VECTORS"),
        arguments: [HashFunction.sha256, .sha384, .sha512])
    func `of HKDF derive as they say`(function: HashFunction) throws {
        for test in try Vectors.wycheproof("hkdf_\(function.rawValue)").flatMap(\.tests) {
            let key = secret(test.bytes(\.ikm))
            let (salt, info) = (test.bytes(\.salt), test.bytes(\.info))
            let count = test.size ?? 0
            do {
                let derived = try unsafe KeyDerivation.hkdf(
                    function, key: key, salt: salt.span.bytes, info: info.span.bytes, count: count
                ).exposed()
                #expect(test.isValid && derived == test.bytes(\.okm), "\(test.tcId)")
            } catch {
                #expect(!test.isValid && error.code == .invalidArgument, "\(test.tcId)")
            }
        }
    }
}

extension CryptoError.Code {
    /// An error of this kind, which equals any other.
    var error: CryptoError { CryptoError(self, "") }
}
