import CofferCrypto

/// The lasting id of a key: a random UUID (RFC 9562, version 4), in text as AWS KMS writes it.
struct KeyUUID: Hashable, Sendable, CustomStringConvertible {
    private let high, low: UInt64

    /// The 16 bytes.
    var bytes: [UInt8] { ByteWriter.bytes(of: Int64(bitPattern: high)) + ByteWriter.bytes(of: Int64(bitPattern: low)) }

    /// A new id.
    init(_ randomness: Randomness) {
        var bytes = randomness.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.init(sixteen: bytes)
    }

    /// The id that these 16 bytes are.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(sixteen: bytes)
    }

    private init(sixteen bytes: some Collection<UInt8>) {
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
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

    var description: String {
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
