import Coffer
import CofferCrypto

/// The lasting id of a key: a random UUID (RFC 9562, version 4), in text as AWS KMS writes it.
struct KeyUUID: Hashable, Sendable, CustomStringConvertible {
    private let high, low: UInt64

    /// The 16 bytes.
    var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

    /// A new id.
    init(_ randomness: Randomness) { self.init(sixteen: UUIDText.bytes(randomness)) }

    /// The id that these 16 bytes are.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(sixteen: bytes)
    }

    private init(sixteen bytes: some Collection<UInt8>) {
        (high, low) = (UInt64(bigEndian: bytes.prefix(8)), UInt64(bigEndian: bytes.suffix(8)))
    }

    /// Parses the text form: lower case, with hyphens; nothing else, so that an id is written in one way.
    init?(_ text: some StringProtocol) {
        var (high, low, count, position): (UInt64, UInt64, Int, Int) = (0, 0, 0, 0)
        for byte in text.utf8 {
            defer { position += 1 }
            let isHyphen = position == 8 || position == 13 || position == 18 || position == 23
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "-") where isHyphen: continue
            case _ where isHyphen: return nil
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            guard count < 32 else { return nil }
            if count < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            count += 1
        }
        guard count == 32, position == 36 else { return nil }
        (self.high, self.low) = (high, low)
    }

    var description: String { UUIDText.text(high, low) }
}
