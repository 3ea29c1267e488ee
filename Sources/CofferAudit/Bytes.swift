import CofferCrypto

// What this module needs of CofferCrypto, for short arrays that are no secret.

extension Digest {
    static func sha256(_ message: [UInt8]) -> [UInt8] { unsafe sha256(message.span.bytes) }
}

extension HMAC {
    func bytes(of message: [UInt8]) -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in unsafe authenticate(message.span.bytes, into: &output) }
    }

    /// The MAC of `first` and then `second`.
    func bytes(of first: [UInt8], _ second: ArraySlice<UInt8>) -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in
            unsafe authenticate(first.span.bytes, second.span.bytes, into: &output)
        }
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

/// The bytes of hexadecimal digits, two for each; nil for anything else.
func bytes(hexadecimal text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 != nil }) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
}
