import CofferCrypto
import Testing

/// Ciphers that Coffer has for the formats of others.
@Suite struct `A cipher of other formats` {
    /// draft-irtf-cfrg-xchacha-03, A.3.1.
    @Test func `XChaCha20-Poly1305 gives the bytes of its draft`() throws {
        let aead = try AEAD(
            .xChaCha20Poly1305, key: secret(hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")))
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        let sealed = hex(
            """
            bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
            ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
            21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49
            """)
        let nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657")
        let additional = hex("50515253c0c1c2c3c4c5c6c7")
        #expect(try aead.seal(Array(text.utf8), nonce: nonce, additionalData: additional) == sealed)
        #expect(try aead.open(sealed, nonce: nonce, additionalData: additional) == Array(text.utf8))
    }

    /// Bellare, Rogaway and Wagner, “The EAX Mode of Operation”, appendix G.
    @Test(arguments: [
        (
            "233952DEE4D5ED5F9B9C6D6FF80FF478", "62EC67F9C3A4A407FCB2A8C49031A8B3", "6BFB914FD07EAE6B", "",
            "E037830E8389F27B025A2D6527E79D01"
        ),
        (
            "91945D3F4DCBEE0BF45EF52255F095A4", "BECAF043B0A23D843194BA972C66DEBD", "FA3BFD4806EB53FA", "F7FB",
            "19DD5C4C9331049D0BDAB0277408F67967E5"
        ),
    ])
    func `EAX gives the bytes of its paper`(
        key: String, nonce: String, additional: String, message: String, sealed: String
    ) throws {
        let aead = try AEAD(.aes128EAX, key: secret(hex(key)))
        #expect(try aead.seal(hex(message), nonce: hex(nonce), additionalData: hex(additional)) == hex(sealed))
        #expect(try aead.open(hex(sealed), nonce: hex(nonce), additionalData: hex(additional)) == hex(message))
    }

    @Test(arguments: [
        AEAD.Algorithm.xChaCha20Poly1305, .aes256GCMSIV, .aes128GCMSIV, .aes256EAX, .aes128EAX, .aes192GCM, .aes128GCM,
    ])
    func `refuses a flipped bit, a truncated message, and keys and nonces of other lengths`(
        algorithm: AEAD.Algorithm
    ) throws {
        let aead = try AEAD(algorithm, key: Randomness.system.secret(count: algorithm.keyByteCount))
        let message = Array("123-45-6789 and on".utf8)
        for count in 0...32 {
            let nonce = Randomness.system.bytes(count)
            guard algorithm.nonceByteCounts.contains(count) else {
                #expect(throws: CryptoError.Code.invalidNonce.error) {
                    try aead.seal(message, nonce: nonce, additionalData: [1])
                }
                continue
            }
            let sealed = try aead.seal(message, nonce: nonce, additionalData: [1])
            #expect(try aead.open(sealed, nonce: nonce, additionalData: [1]) == message)
            for bit in 0..<sealed.count * 8 {
                #expect(throws: CryptoError.Code.notAuthentic.error) {
                    try aead.open(sealed.flipping(bit: bit), nonce: nonce, additionalData: [1])
                }
            }
            for length in 0..<sealed.count {
                #expect(throws: CryptoError.Code.notAuthentic.error) {
                    try aead.open(Array(sealed.prefix(length)), nonce: nonce, additionalData: [1])
                }
            }
            #expect(throws: CryptoError.Code.notAuthentic.error) {
                try aead.open(sealed, nonce: nonce, additionalData: [])
            }
        }
        for count in 0...64 where count != algorithm.keyByteCount {
            #expect(throws: CryptoError.Code.invalidKey.error) {
                try AEAD(algorithm, key: Randomness.system.secret(count: count))
            }
        }
    }

    /// NIST SP 800-38A, F.5.1.
    @Test func `counter mode gives the bytes of SP 800-38A`() throws {
        let cipher = try AESCTR(key: secret(hex("2b7e151628aed2a6abf7158809cf4f3c")))
        let (plaintext, counter) = (
            hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"),
            hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
        )
        let sealed = hex("874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff")
        func apply(_ input: [UInt8], _ counter: [UInt8]) throws -> [UInt8] {
            try [UInt8](byteCapacity: input.count) { output throws(CryptoError) in
                unsafe try cipher.apply(to: input.span.bytes, counter: counter.span.bytes, into: &output)
            }
        }
        #expect(try apply(plaintext, counter) == sealed)
        #expect(try apply(sealed, counter) == plaintext)
        #expect(try apply([], counter) == [])
        #expect(throws: CryptoError.Code.invalidNonce.error) { try apply(plaintext, Array(counter.dropLast())) }
    }

    /// RFC 2202, 3, test cases 1 and 6.
    @Test(arguments: [
        (20, UInt8(0x0b), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
        (
            80, 0xaa, "Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
    ])
    func `HMAC-SHA-1 gives the bytes of RFC 2202`(count: Int, byte: UInt8, message: String, tag: String) {
        let hmac = HMAC(.sha1, key: secret([UInt8](repeating: byte, count: count)))
        #expect(unsafe hmac.tag(Array(message.utf8).span.bytes).exposed() == hex(tag))
    }

    @Test func `a MAC that is cut short verifies as that, and no longer`() {
        let hmac = HMAC(.sha256, key: secret([1, 2, 3]))
        let message: [UInt8] = [4, 5]
        let tag = unsafe hmac.tag(message.span.bytes).exposed()
        for count in 0...32 {
            let start = Array(tag.prefix(count))
            #expect(unsafe hmac.verify(truncated: start.span.bytes, for: message.span.bytes))
            guard count > 0 else { continue }
            let changed = start.flipping(bit: count * 8 - 1)
            #expect(unsafe !hmac.verify(truncated: changed.span.bytes, for: message.span.bytes))
        }
        #expect(unsafe !hmac.verify(truncated: (tag + [0]).span.bytes, for: message.span.bytes))
    }
}
