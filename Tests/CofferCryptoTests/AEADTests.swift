import CofferCrypto
import Testing

@Suite(.serialized) struct `An authenticated cipher` {
    private static let nonce = hex("000102030405060708090a0b")
    private static let additional = Array("customers/ssn".utf8)
    private static let message = Array("123-45-6789 and on".utf8)
    private static let algorithms = [AEAD.Algorithm.aes256GCM, .chaCha20Poly1305]

    private static func cipher(_ algorithm: AEAD.Algorithm, _ byte: UInt8 = 7) -> AEAD {
        try! AEAD(algorithm, key: secret([UInt8](repeating: byte, count: 32)))
    }

    private static func sealed(_ algorithm: AEAD.Algorithm) -> [UInt8] {
        try! cipher(algorithm).seal(message, nonce: nonce, additionalData: additional)
    }

    /// The GCM specification (McGrew and Viega), appendix B, test case 16.
    @Test func `gives the bytes of the GCM specification`() throws {
        let key = secret(hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let plaintext = hex(
            """
            d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
            1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
            """)
        let sealed = hex(
            """
            522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
            8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b
            """)
        let additional = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let nonce = hex("cafebabefacedbaddecaf888")
        let aead = try AEAD(.aes256GCM, key: key)
        #expect(try aead.seal(plaintext, nonce: nonce, additionalData: additional) == sealed)
        #expect(try aead.open(sealed, nonce: nonce, additionalData: additional) == plaintext)
    }

    /// RFC 8439, 2.8.2.
    @Test func `gives the bytes of RFC 8439`() throws {
        let key = secret(hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"))
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        let sealed = hex(
            """
            d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
            3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
            92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
            3ff4def08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691
            """)
        let (nonce, additional) = (hex("070000004041424344454647"), hex("50515253c0c1c2c3c4c5c6c7"))
        let aead = try AEAD(.chaCha20Poly1305, key: key)
        #expect(try aead.seal(Array(text.utf8), nonce: nonce, additionalData: additional) == sealed)
        #expect(try aead.open(sealed, nonce: nonce, additionalData: additional) == Array(text.utf8))
    }

    /// The first lines of the module's documentation.
    @Test func `works as its documentation says`() throws {
        let key = Randomness.system.secret(count: AEAD.keyByteCount)
        let cipher = try AEAD(.aes256GCM, key: key)

        let (message, nonce) = (Array("attack at dawn".utf8), Randomness.system.bytes(AEAD.nonceByteCount))
        let sealed = try [UInt8](byteCapacity: message.count + AEAD.tagByteCount) { output throws(CryptoError) in
            unsafe try cipher.seal(
                message.span.bytes, nonce: nonce.span.bytes, additionalData: RawSpan(), into: &output)
        }
        #expect(try cipher.open(sealed, nonce: nonce, additionalData: []) == message)
    }

    @Test(arguments: algorithms, [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 4096, 70_000])
    func `opens what it sealed, whatever the length`(algorithm: AEAD.Algorithm, count: Int) throws {
        let message = Randomness.system.bytes(count)
        let sealed = try Self.cipher(algorithm).seal(message, nonce: Self.nonce, additionalData: [])
        #expect(sealed.count == count + 16)
        #expect(try Self.cipher(algorithm).open(sealed, nonce: Self.nonce, additionalData: []) == message)
    }

    @Test(arguments: algorithms, 0..<(message.count + 16) * 8)
    func `refuses a flipped bit`(algorithm: AEAD.Algorithm, bit: Int) {
        #expect(throws: CryptoError.Code.notAuthentic.error) {
            try Self.cipher(algorithm).open(
                Self.sealed(algorithm).flipping(bit: bit), nonce: Self.nonce, additionalData: Self.additional)
        }
    }

    @Test(arguments: algorithms, 0..<message.count + 16)
    func `refuses a truncated message`(algorithm: AEAD.Algorithm, count: Int) {
        #expect(throws: CryptoError.Code.notAuthentic.error) {
            try Self.cipher(algorithm).open(
                Array(Self.sealed(algorithm).prefix(count)), nonce: Self.nonce, additionalData: Self.additional)
        }
    }

    @Test(arguments: algorithms)
    func `refuses the wrong key, nonce or additional data, and a longer message`(algorithm: AEAD.Algorithm) {
        let sealed = Self.sealed(algorithm)
        let attempts: [(AEAD, [UInt8], [UInt8], [UInt8])] = [
            (Self.cipher(algorithm, 8), sealed, Self.nonce, Self.additional),
            (Self.cipher(algorithm), sealed, Self.nonce.flipping(bit: 95), Self.additional),
            (Self.cipher(algorithm), sealed, Self.nonce, Self.additional.flipping(bit: 0)),
            (Self.cipher(algorithm), sealed, Self.nonce, []),
            (Self.cipher(algorithm), sealed, Self.nonce, Self.additional + [0]),
            (Self.cipher(algorithm), sealed + [0], Self.nonce, Self.additional),
        ]
        for (aead, sealed, nonce, additional) in attempts {
            #expect(throws: CryptoError.Code.notAuthentic.error) {
                try aead.open(sealed, nonce: nonce, additionalData: additional)
            }
        }
    }

    @Test(arguments: algorithms, [0, 1, 16, 24, 31, 33, 64])
    func `refuses a key of another length`(algorithm: AEAD.Algorithm, count: Int) {
        #expect(throws: CryptoError.Code.invalidKey.error) {
            _ = try AEAD(algorithm, key: Randomness.system.secret(count: count))
        }
    }

    @Test(arguments: algorithms, [0, 1, 8, 11, 13, 16, 24])
    func `refuses a nonce of another length`(algorithm: AEAD.Algorithm, count: Int) {
        let nonce = Randomness.system.bytes(count)
        #expect(throws: CryptoError.Code.invalidNonce.error) {
            try Self.cipher(algorithm).seal(Self.message, nonce: nonce, additionalData: [])
        }
        #expect(throws: CryptoError.Code.invalidNonce.error) {
            try Self.cipher(algorithm).open(Self.sealed(algorithm), nonce: nonce, additionalData: [])
        }
    }

    @Test(arguments: algorithms, 0..<message.count + 16)
    func `refuses an output without the room`(algorithm: AEAD.Algorithm, capacity: Int) {
        let aead = Self.cipher(algorithm)
        #expect(throws: CryptoError.Code.outputTooShort.error) {
            _ = try [UInt8](byteCapacity: capacity) { output in
                unsafe try aead.seal(
                    Self.message.span.bytes, nonce: Self.nonce.span.bytes,
                    additionalData: Self.additional.span.bytes, into: &output)
            }
        }
    }

    @Test(arguments: algorithms)
    func `appends behind what is there, and nothing when it refuses`(algorithm: AEAD.Algorithm) throws {
        let aead = Self.cipher(algorithm)
        let (sealed, forged) = (Self.sealed(algorithm), Self.sealed(algorithm).flipping(bit: 3))
        let output = [UInt8](byteCapacity: 100) { output in
            output.append(0xaa)
            #expect(throws: CryptoError.Code.notAuthentic.error) {
                unsafe try aead.open(
                    forged.span.bytes, nonce: Self.nonce.span.bytes,
                    additionalData: Self.additional.span.bytes, into: &output)
            }
            #expect(output.byteCount == 1)
            #expect(throws: Never.self) {
                unsafe try aead.open(
                    sealed.span.bytes, nonce: Self.nonce.span.bytes,
                    additionalData: Self.additional.span.bytes, into: &output)
            }
        }
        #expect(output == [0xaa] + Self.message)
    }

    @Test(arguments: algorithms)
    func `leaves no plaintext behind a refusal`(algorithm: AEAD.Algorithm) {
        let aead = Self.cipher(algorithm)
        let forged = Self.sealed(algorithm).flipping(bit: 8 * Self.message.count)
        var target = [UInt8](repeating: 0xaa, count: Self.message.count)
        let isOpen = unsafe target.withUnsafeMutableBytes { target in
            unsafe forged.withUnsafeBytes { forged in
                unsafe Self.nonce.withUnsafeBytes { nonce in
                    unsafe Self.additional.withUnsafeBytes { additional in
                        unsafe aead.open(
                            forged, nonce: nonce.baseAddress!, additionalData: additional, into: target.baseAddress!)
                    }
                }
            }
        }
        #expect(!isOpen)
        #expect(target == [UInt8](repeating: 0, count: Self.message.count))
    }

    @Test(arguments: algorithms)
    func `is the same from many tasks at once`(algorithm: AEAD.Algorithm) async throws {
        let aead = Self.cipher(algorithm)
        let expected = Self.sealed(algorithm)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        let sealed = try aead.seal(
                            Self.message, nonce: Self.nonce, additionalData: Self.additional)
                        if sealed != expected { return false }
                    }
                    return true
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}
