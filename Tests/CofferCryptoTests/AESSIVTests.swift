import CofferCrypto
import Testing

@Suite struct `Deterministic encryption` {
    /// RFC 5297, A.1, whose additional data is one component.
    @Test func `gives the bytes of RFC 5297`() throws {
        let key = secret(
            hex("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff"))
        let siv = try AESSIV(key: key)
        let additional = hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627")
        let plaintext = hex("11223344 55667788 99aabbcc ddee")
        let sealed = hex("85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c")
        #expect(try siv.seal(plaintext, additionalData: additional) == sealed)
        #expect(try siv.open(sealed, additionalData: additional) == plaintext)
    }
}
