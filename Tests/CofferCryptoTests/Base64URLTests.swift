import CofferCrypto
import Testing

@Suite struct `Base64URL text` {
    /// RFC 4648, section 10, without the padding.
    @Test(
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func `has the characters of RFC 4648`(text: String, encoded: String) throws {
        #expect(Base64URL.encode(Array(text.utf8)) == encoded)
        #expect(try Base64URL.decode(encoded) == Array(text.utf8))
    }

    @Test func `uses the alphabet that a URL can hold`() throws {
        #expect(Base64URL.encode([0xfb, 0xef, 0xff]) == "--__")
        #expect(try Base64URL.decode("--__") == [0xfb, 0xef, 0xff])
    }

    @Test(arguments: 0..<100)
    func `gives back the bytes it was made of`(count: Int) throws {
        let bytes = Randomness.system.bytes(count)
        let text = Base64URL.encode(bytes)
        #expect(text.utf8.count == Base64URL.encodedCount(count))
        #expect(Base64URL.decodedCount(text.utf8.count) == count)
        #expect(try Base64URL.decode(text) == bytes)
    }

    @Test(
        arguments: [
            "Z", "Zm9vY", "Zg==", "Zg=", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9", "Zm+v", "Zm/v", "Zh", "Zm9", "Zm9vYh",
            "Zm9vYmF", "ZÃ", "\0\0\0\0", "AAA\u{7f}", "AA=A",
        ])
    func `is refused where it is malformed or a second way to write the same`(text: String) {
        #expect(throws: CryptoError.Code.invalidArgument.error) { try Base64URL.decode(text) }
    }

    @Test func `is refused with any other character in any place`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for place in 0..<6 {
            for byte in UInt8.min...UInt8.max where !alphabet.contains(byte) {
                var text = Array("AAAAAA".utf8)
                text[place] = byte
                let refused = [UInt8](byteCapacity: 8) { output in
                    #expect(throws: CryptoError.Code.invalidArgument.error) {
                        unsafe try Base64URL.decode(text.span.bytes, into: &output)
                    }
                }
                #expect(refused == [])
            }
        }
    }
}
