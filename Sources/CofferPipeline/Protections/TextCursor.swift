import Coffer

/// Writes a canonical text into memory that has room for it.
@safe struct TextCursor {
    private let start: UnsafeMutableRawPointer
    private(set) var count = 0

    init(_ start: UnsafeMutableRawPointer) { unsafe self.start = start }

    mutating func append(byte: UInt8) {
        unsafe start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func append(_ text: StaticString) {
        for i in 0..<text.utf8CodeUnitCount { append(byte: unsafe text.utf8Start[i]) }
    }

    /// `number`, filled up with zeros to `width` digits.
    mutating func append(_ number: Int, width: Int = 1) {
        var digits = 1
        var bound = 10
        while digits < 19, number.magnitude >= bound || digits < width {
            digits += 1
            bound = digits < 19 ? bound * 10 : bound
        }
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        var rest = number.magnitude
        for i in (0..<digits).reversed() {
            unsafe start.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: count + i, as: UInt8.self)
            rest /= 10
        }
        count += digits
    }

    /// `number` / 10^`scale`, without zeros at the end of the fraction.
    mutating func append(_ number: WideInteger, scale: Int) {
        var digits: [80 of UInt8] = InlineArray(repeating: 0)
        var used = 0
        if var rest = number.smallMagnitude {
            while rest > 0 {
                digits[used] = UInt8(rest % 10)
                rest /= 10
                used += 1
            }
        } else {
            var rest = number
            while !rest.isZero {
                digits[used] = UInt8(rest.divide(by: 10))
                used += 1
            }
        }
        if used == 0 { return append("0") }
        if number.isNegative { append("-") }
        if scale <= 0 {
            for i in (0..<used).reversed() { append(byte: UInt8(ascii: "0") + digits[i]) }
            for _ in 0..<(-scale) { append("0") }
            return
        }
        if used <= scale { append("0") }
        for i in (scale..<max(scale, used)).reversed() { append(byte: UInt8(ascii: "0") + digits[i]) }
        var last = 0
        while last < scale, digits[last] == 0 { last += 1 }
        if last == scale { return }
        append(".")
        for i in (last..<scale).reversed() { append(byte: UInt8(ascii: "0") + digits[i]) }
    }

    /// The day `days` after 1970-01-01 as `YYYY-MM-DD`, in the Gregorian calendar at all times.
    mutating func append(date days: Int) {
        let date = CalendarDay(days: days)
        append(date.year, width: 4)
        append("-")
        append(date.month, width: 2)
        append("-")
        append(date.day, width: 2)
    }

    /// `HH:MM:SS`, with a fraction where it isn't zero, without zeros at its end.
    mutating func append(time value: Int, perSecond: Int) {
        let (seconds, fraction) = value.quotientAndRemainder(floor: perSecond)
        append(seconds / 3600, width: 2)
        append(":")
        append(seconds / 60 % 60, width: 2)
        append(":")
        append(seconds % 60, width: 2)
        guard fraction != 0 else { return }
        append(".")
        var (rest, unit) = (fraction, perSecond / 10)
        while rest > 0 {
            append(byte: UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lower case.
    mutating func append(uuid bytes: UnsafeRawBufferPointer) {
        for i in 0..<16 {
            if [4, 6, 8, 10].contains(i) { append("-") }
            let byte = unsafe bytes[i]
            for nibble in [byte >> 4, byte & 15] {
                append(byte: nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
    }
}
