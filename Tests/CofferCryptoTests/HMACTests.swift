import CofferCrypto
import Testing

@Suite struct `A keyed hash` {
    /// RFC 4231, cases 1 and 6.
    @Test(
        arguments: [
            (HashFunction.sha256, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                .sha384,
                """
                afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c
                faea9ea9076ede7f4af152e8b2fa9cb6
                """
            ),
            (
                .sha512,
                """
                87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde
                daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854
                """
            ),
        ])
    func `has the bytes of RFC 4231`(function: HashFunction, expected: String) {
        let hmac = HMAC(function, key: secret([UInt8](repeating: 0x0b, count: 20)))
        for _ in 0..<3 { #expect(tag(hmac, Array("Hi There".utf8)) == hex(expected)) }
    }

    @Test(
        arguments: [
            (HashFunction.sha256, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (
                .sha384,
                """
                4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6
                0c2ef6ab4030fe8296248df163f44952
                """
            ),
            (
                .sha512,
                """
                80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352
                6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598
                """
            ),
        ])
    func `takes a key longer than a block`(function: HashFunction, expected: String) {
        let hmac = HMAC(function, key: secret([UInt8](repeating: 0xaa, count: 131)))
        let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(tag(hmac, message) == hex(expected))
    }

    @Test(arguments: HashFunction.allCases)
    func `refuses a changed tag, a truncated one, another message and another key`(function: HashFunction) {
        let hmac = HMAC(function, key: secret([1, 2, 3]))
        let message = Array("message".utf8)
        let right = tag(hmac, message)
        #expect(verify(hmac, right, message))
        for bit in 0..<right.count * 8 { #expect(!verify(hmac, right.flipping(bit: bit), message)) }
        for count in 0..<right.count { #expect(!verify(hmac, Array(right.prefix(count)), message)) }
        #expect(!verify(hmac, right + [0], message))
        #expect(!verify(hmac, right, message.flipping(bit: 0)))
        #expect(!verify(HMAC(function, key: secret([1, 2, 4])), right, message))
    }

    private func tag(_ hmac: HMAC, _ message: [UInt8]) -> [UInt8] {
        unsafe hmac.tag(message.span.bytes).exposed()
    }

    private func verify(_ hmac: HMAC, _ tag: [UInt8], _ message: [UInt8]) -> Bool {
        unsafe hmac.verify(tag.span.bytes, for: message.span.bytes)
    }
}

@Suite struct `A digest` {
    /// FIPS 180-4 examples, “abc”.
    @Test func `has the bytes of FIPS 180-4`() {
        let message = Array("abc".utf8)
        #expect(
            unsafe Digest.sha256(message.span.bytes)
                == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(
            unsafe Digest.hash(.sha384, message.span.bytes)
                == hex(
                    """
                    cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed
                    8086072ba1e7cc2358baeca134c825a7
                    """))
        #expect(Digest.sha256(RawSpan()) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }
}
