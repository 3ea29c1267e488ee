import CofferCrypto
import Foundation
import Testing

@Suite struct `Base64 with padding` {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func `is that of RFC 4648`(plain: String, text: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(try Base64.decode(text) == Array(plain.utf8))
    }

    @Test func `agrees with another one on every byte and length`() throws {
        for count in 0..<260 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(try Base64.decode(text) == bytes)
        }
    }

    @Test(
        arguments: [
            "Zg", "Zg=", "Z===", "====", "=Zg=", "Zm9v=", "Zh==", "Zm9=", "Zm-v", "Zm_v", "Zm9v\n", " Zm9", "Zg==Zg==",
            "Zm9vé", "Z\u{0}==",
        ])
    func `is nothing else`(text: String) {
        #expect(throws: CryptoError.self) { try Base64.decode(text) }
    }

    @Test func `knows 64 characters`() {
        for byte in UInt8.min...UInt8.max where byte < 0x80 {
            let text = "AA" + String(Unicode.Scalar(byte)) + "A"
            let isKnown = Data(base64Encoded: text) != nil && byte != UInt8(ascii: "=")
            #expect(((try? Base64.decode(text)) != nil) == isKnown, "\(byte)")
        }
    }
}
