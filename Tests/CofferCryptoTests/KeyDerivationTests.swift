import CofferCrypto
import Testing

@Suite struct `A derived key` {
    private func hkdf(_ key: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ count: Int) throws -> [UInt8] {
        let key = secret(key)
        return try unsafe KeyDerivation.hkdf(
            .sha256, key: key, salt: salt.span.bytes, info: info.span.bytes, count: count
        ).exposed()
    }

    private func scrypt(
        _ password: String, _ salt: String, n: Int, r: Int, p: Int, count: Int = 64
    ) throws -> [UInt8] {
        let (password, salt) = (Array(password.utf8), Array(salt.utf8))
        return try unsafe KeyDerivation.scrypt(
            password: password.span.bytes, salt: salt.span.bytes, n: n, r: r, p: p, count: count
        ).exposed()
    }

    /// RFC 5869, A.1 to A.3.
    @Test func `has the bytes of RFC 5869`() throws {
        let key = [UInt8](repeating: 0x0b, count: 22)
        #expect(
            try hkdf(key, hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
        #expect(
            try hkdf(Array(0x00...0x4f), Array(0x60...0xaf), Array(0xb0...0xff), 82)
                == hex(
                    """
                    b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
                    da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
                    """))
        #expect(
            try hkdf(key, [], [], 42)
                == hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"))
    }

    @Test func `differs where salt, purpose or key differ`() throws {
        let key = [UInt8](repeating: 1, count: 32)
        let keys = try [
            hkdf(key, [1], [1], 32), hkdf(key, [2], [1], 32), hkdf(key, [1], [2], 32), hkdf(key + [0], [1], [1], 32),
        ]
        #expect(Set(keys).count == 4)
    }

    @Test func `is at most 255 digests long`() throws {
        #expect(try hkdf([1], [], [], 255 * 32).count == 255 * 32)
        for count in [-1, 255 * 32 + 1, Int.max] {
            #expect(throws: CryptoError.Code.invalidArgument.error) { try hkdf([1], [], [], count) }
        }
    }

    /// RFC 7914, section 12.
    @Test func `from a password has the bytes of RFC 7914`() throws {
        #expect(
            try scrypt("", "", n: 16, r: 1, p: 1)
                == hex(
                    """
                    77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442
                    fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906
                    """))
        #expect(
            try scrypt("pleaseletmein", "SodiumChloride", n: 16384, r: 8, p: 1)
                == hex(
                    """
                    7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2
                    d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
                    """))
    }

    @Test(
        arguments: [
            (0, 8, 1), (1, 8, 1), (3, 8, 1), (-16, 8, 1), (16, 0, 1), (16, 8, 0), (16, -1, 1), (16, 1 << 40, 1),
            (16, 1, 1 << 40), (1 << 30, 8, 1), (1 << 62, 8, 1), (.max, .max, .max), (16, 1 << 19, 1 << 19),
        ])
    func `from a password is refused where the cost is out of range`(n: Int, r: Int, p: Int) {
        #expect(throws: CryptoError.Code.invalidArgument.error) {
            try scrypt("password", "salt", n: n, r: r, p: p)
        }
    }
}
