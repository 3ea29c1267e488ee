import CofferCrypto
import Testing

@Suite(.serialized) struct `Deterministic encryption` {
    private static let additional = Array("email".utf8)
    private static let message = Array("jane.doe@example.com".utf8)
    private static let siv = try! AESSIV(key: secret([UInt8](repeating: 1, count: 64)))
    private static let sealed = try! siv.seal(message, additionalData: additional)

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

    @Test(arguments: 0..<70, [0, 1, 16, 40])
    func `opens what it sealed, whatever the lengths`(count: Int, additionalCount: Int) throws {
        let (message, additional) = (Randomness.system.bytes(count), Randomness.system.bytes(additionalCount))
        let sealed = try Self.siv.seal(message, additionalData: additional)
        #expect(sealed.count == count + 16)
        #expect(try Self.siv.open(sealed, additionalData: additional) == message)
    }

    @Test(arguments: 0..<70)
    func `is the same from the entry points of hot loops`(count: Int) throws {
        let message = Randomness.system.bytes(count)
        var sealed = [UInt8](repeating: 0, count: count + 16)
        var opened = [UInt8](repeating: 0, count: count)
        let isOpen = unsafe sealed.withUnsafeMutableBytes { sealed in
            unsafe message.withUnsafeBytes { unsafe Self.siv.seal($0, into: sealed.baseAddress!) }
            return unsafe withUnsafeTemporaryAllocation(byteCount: 70, alignment: 1) { target in
                let isOpen = unsafe Self.siv.open(UnsafeRawBufferPointer(sealed), into: target.baseAddress!)
                for i in 0..<count { unsafe opened[i] = target[i] }
                return isOpen
            }
        }
        #expect(isOpen)
        #expect(opened == message)
        #expect(try Self.siv.seal(message, additionalData: []) == sealed)
    }

    @Test func `gives equal values equal bytes, and others other bytes`() throws {
        #expect(try Self.siv.seal(Self.message, additionalData: Self.additional) == Self.sealed)
        let other = try Self.siv.seal(Self.message.flipping(bit: 0), additionalData: Self.additional)
        #expect(other.prefix(16) != Self.sealed.prefix(16))
        #expect(try Self.siv.seal(Self.message, additionalData: []) != Self.sealed)
    }

    @Test(arguments: 0..<sealed.count * 8)
    func `refuses a flipped bit`(bit: Int) {
        #expect(throws: CryptoError.Code.notAuthentic.error) {
            try Self.siv.open(Self.sealed.flipping(bit: bit), additionalData: Self.additional)
        }
    }

    @Test(arguments: 0..<sealed.count)
    func `refuses a truncated message`(count: Int) {
        #expect(throws: CryptoError.Code.notAuthentic.error) {
            try Self.siv.open(Array(Self.sealed.prefix(count)), additionalData: Self.additional)
        }
    }

    @Test func `refuses the wrong key or additional data, and a longer message`() throws {
        var bytes = [UInt8](repeating: 1, count: 64)
        for half in [0, 63] {
            bytes[half] ^= 1
            let other = try AESSIV(key: secret(bytes))
            bytes[half] ^= 1
            #expect(throws: CryptoError.Code.notAuthentic.error) {
                try other.open(Self.sealed, additionalData: Self.additional)
            }
        }
        for additional in [[], Self.additional.flipping(bit: 7), Self.additional + [0]] {
            #expect(throws: CryptoError.Code.notAuthentic.error) {
                try Self.siv.open(Self.sealed, additionalData: additional)
            }
        }
        #expect(throws: CryptoError.Code.notAuthentic.error) {
            try Self.siv.open(Self.sealed + [0], additionalData: Self.additional)
        }
    }

    @Test(arguments: [0, 16, 31, 33, 63, 65, 128])
    func `refuses a key of another length`(count: Int) {
        #expect(throws: CryptoError.Code.invalidKey.error) {
            _ = try AESSIV(key: Randomness.system.secret(count: count))
        }
    }

    @Test(arguments: 0..<sealed.count)
    func `refuses an output without the room`(capacity: Int) {
        #expect(throws: CryptoError.Code.outputTooShort.error) {
            _ = try [UInt8](byteCapacity: capacity) { output in
                unsafe try Self.siv.seal(
                    Self.message.span.bytes, additionalData: Self.additional.span.bytes, into: &output)
            }
        }
    }
}
