import CofferCrypto

/// How a revealed value is written where its column is JSON: numbers and booleans as such, bytes as base64url, everything
/// else as its canonical text in quotes.
struct JSONValueText {
    private let type: ArrowType
    private let canonical: CanonicalText?

    init(_ field: Field) {
        type = field.type
        canonical = CanonicalText(field)
    }

    func text(_ bytes: [UInt8]) -> [UInt8] {
        switch type {
        case .float32:
            return Self.number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: Self.bits(bytes)))), isSingle: true)
        case .float64: return Self.number(Double(bitPattern: Self.bits(bytes)), isSingle: false)
        default: break
        }
        guard let canonical, type == .bool || type.isText || !type.isVariable,
            type != .fixedBinary(bytes.count) || canonical.kind == .uuid
        else { return Self.quoted(Array(Base64URL.encode(bytes).utf8)) }
        let text = unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount, alignment: 8) {
            scratch in
            unsafe bytes.withUnsafeBytes { unsafe Array(canonical.write($0, scratch.baseAddress!)) }
        }
        switch canonical.kind {
        case .boolean, .integer, .decimal: return text
        default: return Self.quoted(text)
        }
    }

    private static func bits(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    private static func number(_ value: Double, isSingle: Bool) -> [UInt8] {
        let text = isSingle ? "\(Float(value))" : "\(value)"
        return value.isFinite ? Array(text.utf8) : quoted(Array(text.utf8))
    }

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
            case 0x00..<0x20:
                let digits = String(byte, radix: 16)
                quoted += Array("\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8)
            default: quoted.append(byte)
            }
        }
        return quoted + [UInt8(ascii: "\"")]
    }
}
