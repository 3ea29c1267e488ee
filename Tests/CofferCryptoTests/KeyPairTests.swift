import CofferCrypto
import Testing

@Suite struct `A key pair` {
    private static let signing: [(KeyPair.Kind, SignatureScheme)] = [
        (.rsa2048, .rsaPSS(.sha256)), (.rsa2048, .rsaPKCS1(.sha384)), (.rsa3072, .rsaPSS(.sha512)),
        (.p256, .ecdsa(.sha256)), (.p384, .ecdsa(.sha384)), (.p521, .ecdsa(.sha512)), (.ed25519, .ed25519),
    ]

    @Test(arguments: signing)
    func `signs messages, and whoever has the public key can tell`(kind: KeyPair.Kind, scheme: SignatureScheme) throws {
        let pair = KeyPair.generate(kind)
        let key = try PublicKey(kind, der: pair.publicKey.der)
        let signature = try pair.sign([1, 2, 3], scheme)
        #expect(try key.isValid(signature, of: [1, 2, 3], scheme))
        #expect(try !key.isValid(signature, of: [1, 2], scheme))
        #expect(try !key.isValid(Array(signature.dropLast()), of: [1, 2, 3], scheme))
        #expect(try !key.isValid([], of: [1, 2, 3], scheme))
        for bit in stride(from: 0, to: signature.count * 8, by: 37) {
            #expect(try !key.isValid(signature.flipping(bit: bit), of: [1, 2, 3], scheme))
        }
        let other = KeyPair.generate(kind == .rsa3072 ? .rsa2048 : kind)
        #expect(try !other.publicKey.isValid(signature, of: [1, 2, 3], scheme))
    }

    @Test(arguments: signing.filter { $0.0 != .ed25519 })
    func `signs digests as it signs messages`(kind: KeyPair.Kind, scheme: SignatureScheme) throws {
        let pair = KeyPair.generate(kind)
        let hash = try #require(scheme.hash)
        let message: [UInt8] = [1, 2, 3]
        let digest = unsafe Digest.hash(hash, message.span.bytes)
        #expect(try pair.publicKey.isValid(pair.sign(digest, isDigest: true, scheme), of: message, scheme))
        #expect(try pair.publicKey.isValid(pair.sign(message, scheme), of: digest, isDigest: true, scheme))
        for count in [0, digest.count - 1, digest.count + 1] {
            let wrong = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.Code.invalidArgument.error) { try pair.sign(wrong, isDigest: true, scheme) }
        }
    }

    @Test func `refuses schemes of other kinds of keys`() throws {
        let (rsa, curve, edwards) = (KeyPair.generate(.rsa2048), KeyPair.generate(.p256), KeyPair.generate(.ed25519))
        let refusal = CryptoError.Code.invalidArgument.error
        #expect(throws: refusal) { try rsa.sign([1], .ecdsa(.sha256)) }
        #expect(throws: refusal) { try curve.sign([1], .rsaPSS(.sha256)) }
        #expect(throws: refusal) { try curve.sign([1], .ed25519) }
        #expect(throws: refusal) { try edwards.sign([1], .ecdsa(.sha256)) }
        #expect(throws: refusal) { try edwards.sign([1], isDigest: true, .ed25519) }
        #expect(throws: CryptoError.Code.notAuthentic.error) { _ = try curve.decrypt([1], .sha256).count }
        #expect(throws: refusal) { try curve.publicKey.encrypt(secret([1]), .sha256) }
    }

    @Test(arguments: KeyPair.Kind.allCases.filter { $0 != .rsa4096 })
    func `is the same after it went through PKCS#8`(kind: KeyPair.Kind) throws {
        let pair = KeyPair.generate(kind)
        let again = try KeyPair(kind, pkcs8: pair.pkcs8)
        #expect(again.publicKey.der == pair.publicKey.der)
        #expect(again.pkcs8.exposed() == pair.pkcs8.exposed())
    }

    @Test(arguments: KeyPair.Kind.allCases.filter { $0 != .rsa4096 })
    func `is taken from nothing but a key of its kind, whole and with nothing behind it`(kind: KeyPair.Kind) throws {
        let pair = KeyPair.generate(kind)
        let (whole, open) = (pair.pkcs8.exposed(), pair.publicKey.der)
        let refusal = CryptoError.Code.invalidKey.error
        for bytes in [[], Array(whole.dropLast()), whole + [0], [0] + whole, open] {
            #expect(throws: refusal) { _ = try KeyPair(kind, pkcs8: secret(bytes)) }
        }
        for bytes in [[], Array(open.dropLast()), open + [0], whole] {
            #expect(throws: refusal) { _ = try PublicKey(kind, der: bytes) }
        }
        for other in KeyPair.Kind.allCases where other != kind {
            #expect(throws: refusal) { _ = try KeyPair(other, pkcs8: secret(whole)) }
            #expect(throws: refusal) { _ = try PublicKey(other, der: open) }
        }
    }

    @Test(arguments: [(OAEPHash.sha1, 214), (.sha256, 190)])
    func `of RSA encrypts what fits`(hash: OAEPHash, limit: Int) throws {
        let pair = KeyPair.generate(.rsa2048)
        #expect(pair.publicKey.maximumByteCount(hash) == limit)
        for count in [0, 1, limit] {
            let message = [UInt8](repeating: 7, count: count)
            let ciphertext = try pair.publicKey.encrypt(secret(message), hash)
            #expect(ciphertext.count == 256)
            #expect(try pair.decrypt(ciphertext, hash).exposed() == message)
            let refusal = CryptoError.Code.notAuthentic.error
            #expect(throws: refusal) { _ = try pair.decrypt(ciphertext, hash == .sha1 ? .sha256 : .sha1).count }
            #expect(throws: refusal) { _ = try pair.decrypt(ciphertext + [0], hash).count }
            #expect(throws: refusal) { _ = try pair.decrypt(Array(ciphertext.dropLast()), hash).count }
            #expect(throws: refusal) { _ = try pair.decrypt(ciphertext.flipping(bit: 1000), hash).count }
        }
        #expect(throws: CryptoError.Code.invalidArgument.error) {
            try pair.publicKey.encrypt(secret([UInt8](repeating: 7, count: limit + 1)), hash)
        }
    }
}

@Suite struct `Wycheproof vectors of key pairs` {
    @Test(
        .enabled(if: Vectors.exist("ecdsa_secp256r1_sha256"), "no vectors: set COFFER_VECTORS"),
        arguments: [
            ("ecdsa_secp256r1_sha256", KeyPair.Kind.p256, HashFunction.sha256),
            ("ecdsa_secp384r1_sha384", .p384, .sha384),
        ])
    func `of ECDSA verify as they say`(file: String, kind: KeyPair.Kind, hash: HashFunction) throws {
        var count = 0
        for group in try Vectors.wycheproof(file) {
            let key = try PublicKey(kind, der: hex(group.publicKeyDer ?? ""))
            for test in group.tests {
                count += 1
                let isValid = try key.isValid(test.bytes(\.sig), of: test.bytes(\.msg), .ecdsa(hash))
                #expect(isValid == test.isValid, "\(test.tcId)")
            }
        }
        #expect(count > 400)
    }

    @Test(.enabled(if: Vectors.exist("rsa_oaep_2048_sha256_mgf1sha256"), "no vectors: set COFFER_VECTORS"))
    func `of RSA-OAEP decrypt as they say`() throws {
        var count = 0
        for group in try Vectors.wycheproof("rsa_oaep_2048_sha256_mgf1sha256") {
            let pair = try KeyPair(.rsa2048, pkcs8: secret(hex(group.privateKeyPkcs8 ?? "")))
            for test in group.tests {
                count += 1
                // Coffer takes no labels: what has one must not open.
                let opens = test.isValid && test.bytes(\.label).isEmpty
                do {
                    let plaintext = try pair.decrypt(test.bytes(\.ct), .sha256).exposed()
                    #expect(opens && plaintext == test.bytes(\.msg), "\(test.tcId)")
                } catch {
                    #expect(!opens && error.code == .notAuthentic, "\(test.tcId)")
                }
            }
        }
        #expect(count == 37)
    }

    @Test(.enabled(if: Vectors.exist("aes_kwp"), "no vectors: set COFFER_VECTORS"))
    func `of AES key wrap with padding wrap and unwrap as they say`() throws {
        var count = 0
        for test in try Vectors.wycheproof("aes_kwp").flatMap(\.tests) {
            count += 1
            let (kek, wrapped) = (test.bytes(\.key), test.bytes(\.ct))
            do {
                let key = try KeyWrap.unwrap(wrapped, under: secret(kek)).exposed()
                #expect(test.isValid && key == test.bytes(\.msg), "\(test.tcId)")
                #expect(try KeyWrap.wrap(secret(key), under: secret(kek)) == wrapped, "\(test.tcId)")
            } catch {
                #expect(!test.isValid && error.code == .notAuthentic, "\(test.tcId)")
            }
        }
        #expect(count == 254)
    }

    @Test func `wrap nothing under a key of the wrong length`() {
        #expect(throws: CryptoError.Code.invalidKey.error) { try KeyWrap.wrap(secret([1]), under: secret([1])) }
        #expect(throws: CryptoError.Code.invalidArgument.error) {
            try KeyWrap.wrap(secret([]), under: secret([UInt8](repeating: 1, count: 32)))
        }
    }
}
