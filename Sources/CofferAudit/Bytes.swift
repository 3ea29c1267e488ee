import CofferCrypto

// What this module needs of CofferCrypto, for short arrays that are no secret.

extension Digest {
    static func sha256(_ message: [UInt8]) -> [UInt8] { unsafe sha256(message.span.bytes) }
}

extension HMAC {
    func bytes(of message: [UInt8]) -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in unsafe authenticate(message.span.bytes, into: &output) }
    }
}

extension [UInt8] {
    /// Appends `number` in eight bytes, the highest first.
    mutating func append(number: Int) { append(number, bytes: 8) }

    /// Appends the low `count` bytes of `number`, the highest first.
    mutating func append(_ number: Int, bytes count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The number in `count` bytes at `offset`; nil where they are not there.
    func number(at offset: Int, bytes count: Int = 8) -> Int? {
        guard offset >= 0, offset + count <= self.count else { return nil }
        return self[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Two lower-case digits for each byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// The bytes of such digits; nil for anything else.
func bytes(hexadecimal text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 != nil }) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
}

/// Base64 with padding (RFC 4648, section 4), as signed notes have it.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).utf8.map { byte -> UInt8 in
            byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
        }
        return String(decoding: text, as: UTF8.self) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 4) else { return nil }
        let bare = text.hasSuffix("==") ? text.dropLast(2) : text.hasSuffix("=") ? text.dropLast() : text[...]
        guard !bare.contains(where: { $0 == "-" || $0 == "_" || $0 == "=" }) else { return nil }
        let url = String(bare.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        return try? Base64URL.decode(url)
    }
}
