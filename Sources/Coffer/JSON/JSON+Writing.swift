extension JSON {
    /// The value in one line, without spaces, members in their order.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        write(to: &bytes)
        return bytes
    }

    /// The value in one line, as a text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends the value to `bytes`.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let text): bytes += text.utf8
        case .string(let text): Self.write(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (i, element) in elements.enumerated() {
                if i > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (i, member) in members.enumerated() {
                if i > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends `text` in quotes. Most texts need no escape and are copied whole.
    static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes += text.utf8
        if unsafe mayNeedEscape(bytes.span.bytes, from: start) {
            let rest = bytes[start...]
            bytes.removeSubrange(start...)
            for byte in rest { writeEscaped(byte, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether there is a byte that needs an escape, eight bytes at a time; perhaps true where there is none.
    private static func mayNeedEscape(_ bytes: RawSpan, from start: Int) -> Bool {
        var at = start
        var found: UInt64 = 0
        while at + 8 <= bytes.byteCount {
            found |= marks(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        while at < bytes.byteCount {
            if needsEscape(unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)) { return true }
            at += 1
        }
        return found != 0
    }

    /// A bit set in each byte of `word` that is a control character, a quote, a backslash or DEL, and perhaps in ones above
    /// such a byte.
    private static func marks(_ word: UInt64) -> UInt64 {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        func isZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let control = (word &- 0x20 &* ones) & ~word
        return (control | isZero(word ^ 0x22 &* ones) | isZero(word ^ 0x5c &* ones) | isZero(word ^ 0x7f &* ones))
            & highs
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7f
    }

    private static func writeEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        guard needsEscape(byte) else { return bytes.append(byte) }
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes += "u00".utf8
            bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
