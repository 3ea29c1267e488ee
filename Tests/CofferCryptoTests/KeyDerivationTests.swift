import CofferCrypto
import Testing

@Suite struct `A derived key` {
    /// RFC 5869, A.1.
    @Test func `has the bytes of RFC 5869`() throws {
        let key = secret([UInt8](repeating: 0x0b, count: 22))
        let (salt, info) = (hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"))
        let derived = try unsafe KeyDerivation.hkdf(
            .sha256, key: key, salt: salt.span.bytes, info: info.span.bytes, count: 42
        ).exposed()
        #expect(
            derived
                == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
    }

    /// RFC 7914, section 12, third vector.
    @Test func `from a password has the bytes of RFC 7914`() throws {
        let (password, salt) = (Array("pleaseletmein".utf8), Array("SodiumChloride".utf8))
        let derived = try unsafe KeyDerivation.scrypt(
            password: password.span.bytes, salt: salt.span.bytes, n: 16384, r: 8, p: 1, count: 64
        ).exposed()
        #expect(
            derived
                == hex(
                    """
                    7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2
                    d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
                    """))
    }
}
