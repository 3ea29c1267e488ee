import CofferCrypto

/// The lasting id of a key: a random UUID (RFC 9562, version 4), in text as AWS KMS writes it.
struct KeyUUID: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bytes.
    let bytes: [UInt8]

    /// A new id.
    init(_ randomness: Randomness) {
        var bytes = randomness.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.bytes = bytes
    }

    /// The id that these 16 bytes are.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Parses the text form: lower case, with hyphens; nothing else, so that an id is written in one way.
    init?(_ text: String) {
        var digits: [UInt8] = []
        for (i, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where [8, 13, 18, 23].contains(i): continue
            case _ where [8, 13, 18, 23].contains(i): return nil
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
            guard i < 36 else { return nil }
        }
        guard digits.count == 32 else { return nil }
        bytes = (0..<16).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }

    var description: String {
        let digits = Array("0123456789abcdef".unicodeScalars)
        var text = String.UnicodeScalarView()
        for (i, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(i) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(text)
    }
}
