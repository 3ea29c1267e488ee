public import CofferCrypto

/// Random UUIDs (RFC 9562, version 4) as texts: the ids of events and requests.
public enum UUIDText {
    /// A new one: lower case, with hyphens. Costs half a microsecond.
    public static func random(_ randomness: Randomness) -> String {
        var bytes = randomness.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = Array("0123456789abcdef".utf8)
        return unsafe String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for (i, byte) in bytes.enumerated() {
                if i == 4 || i == 6 || i == 8 || i == 10 {
                    unsafe buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                unsafe buffer[at] = digits[Int(byte >> 4)]
                unsafe buffer[at + 1] = digits[Int(byte & 15)]
                at += 2
            }
            return 36
        }
    }
}
