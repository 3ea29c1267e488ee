/// Percent-encoding as Signature Version 4 wants it: all but the unreserved characters of RFC 3986, in capitals.
enum PercentEncoding {
    /// Appends the encoded `bytes`; a slash stays one where `keepsSlash`.
    static func encode(_ bytes: some Sequence<UInt8>, keepsSlash: Bool = false, into output: inout [UInt8]) {
        for byte in bytes {
            if isUnreserved(byte) || keepsSlash && byte == UInt8(ascii: "/") {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(digit(byte >> 4))
                output.append(digit(byte & 15))
            }
        }
    }

    /// The bytes that `text` stands for; nil where a percent sign has no two digits behind it.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 0x30
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - 0x37
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - 0x57
        default: nil
        }
    }
}

/// Lower-case hexadecimal digits.
func appendHexadecimal(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] { output.append(half < 10 ? 0x30 + half : 0x57 + half) }
    }
}
