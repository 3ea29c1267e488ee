/// A whole number of up to 256 bits as sign and magnitude: enough for every integer and decimal of Arrow.
struct WideInteger: Sendable {
    /// Least significant first.
    private var words: [8 of UInt32] = InlineArray(repeating: 0)
    private(set) var isNegative = false

    init() {}

    /// Reads a number of 1 to 32 bytes, in two's complement where it is signed.
    init(littleEndian bytes: UnsafeRawBufferPointer, isSigned: Bool) {
        isNegative = unsafe isSigned && !bytes.isEmpty && bytes[bytes.count - 1] & 0x80 != 0
        for i in 0..<32 {
            let byte: UInt8 = unsafe i < bytes.count ? bytes[i] : (isNegative ? 0xff : 0)
            words[i / 4] |= UInt32(byte) << UInt32(i % 4 * 8)
        }
        if isNegative { negate() }
    }

    var isZero: Bool {
        for i in 0..<8 where words[i] != 0 { return false }
        return true
    }

    /// The magnitude, where 64 bits hold it.
    var smallMagnitude: UInt64? {
        for i in 2..<8 where words[i] != 0 { return nil }
        return UInt64(words[1]) << 32 | UInt64(words[0])
    }

    /// Divides the magnitude and returns the remainder.
    mutating func divide(by divisor: UInt32) -> UInt32 {
        var rest: UInt64 = 0
        for i in (0..<8).reversed() {
            let part = rest << 32 | UInt64(words[i])
            words[i] = UInt32(part / UInt64(divisor))
            rest = part % UInt64(divisor)
        }
        return UInt32(rest)
    }

    /// Ten times the magnitude, plus `digit`. False when that is over 256 bits.
    mutating func append(digit: UInt32) -> Bool {
        var carry = UInt64(digit)
        for i in 0..<8 {
            carry += UInt64(words[i]) * 10
            words[i] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        return carry == 0
    }

    /// Gives it a sign; zero has none.
    mutating func setSign(negative: Bool) { isNegative = negative && !isZero }

    /// Writes `count` bytes in two's complement (or plain, when not signed). False when the number doesn't fit.
    func write(littleEndian target: UnsafeMutableRawPointer, count: Int, isSigned: Bool) -> Bool {
        if isNegative && !isSigned { return false }
        var number = self
        if isNegative { number.negate() }
        func byte(_ i: Int) -> UInt8 { UInt8(truncatingIfNeeded: number.words[i / 4] >> UInt32(i % 4 * 8)) }
        let fill: UInt8 = isNegative ? 0xff : 0
        for i in count..<32 where byte(i) != fill { return false }
        if isSigned, (byte(count - 1) & 0x80 != 0) != isNegative { return false }
        for i in 0..<count { unsafe target.storeBytes(of: byte(i), toByteOffset: i, as: UInt8.self) }
        return true
    }

    private mutating func negate() {
        var carry: UInt64 = 1
        for i in 0..<8 {
            carry += UInt64(~words[i])
            words[i] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
    }
}
