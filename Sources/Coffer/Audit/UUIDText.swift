public import CofferCrypto

/// Random UUIDs (RFC 9562, version 4) as texts: the ids of events and requests.
public enum UUIDText {
    /// A new one: lower case, with hyphens. Costs half a microsecond.
    public static func random(_ randomness: Randomness) -> String {
        let bytes = bytes(randomness)
        return text(UInt64(bigEndian: bytes.prefix(8)), UInt64(bigEndian: bytes.suffix(8)))
    }

    /// The 16 bytes of a new one.
    package static func bytes(_ randomness: Randomness) -> [UInt8] {
        var bytes = randomness.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes
    }

    /// The text of the one whose halves, the highest byte first, are these numbers.
    package static func text(_ high: UInt64, _ low: UInt64) -> String {
        unsafe String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for i in 0..<32 {
                if i == 8 || i == 12 || i == 16 || i == 20 {
                    unsafe text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let digit = UInt8((i < 16 ? high >> UInt64(60 - 4 * i) : low >> UInt64(124 - 4 * i)) & 15)
                unsafe text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return 36
        }
    }
}
