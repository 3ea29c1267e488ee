extension CanonicalText {
    /// The value that the canonical `text` stands for, written as its type lays it out; the number of bytes, or nil
    /// where it stands for none. `target` has room for 32 bytes. Not for what is its own text.
    func read(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int? {
        var parser = unsafe TextParser(text)
        func store(_ value: Int, _ count: Int) -> Int? {
            if count == 4 {
                guard let narrow = Int32(exactly: value) else { return nil }
                unsafe target.storeBytes(of: narrow.littleEndian, as: Int32.self)
            } else {
                unsafe target.storeBytes(of: Int64(value).littleEndian, as: Int64.self)
            }
            return count
        }
        switch kind {
        case .bytes, .null: return nil
        case .boolean:
            let word = unsafe String(decoding: text, as: UTF8.self)
            guard word == "true" || word == "false" else { return nil }
            unsafe target.storeBytes(of: word == "true" ? 1 : 0, as: UInt8.self)
            return 1
        case .integer(let count, let isSigned):
            guard let number = parser.wide(scale: 0), parser.isAtEnd else { return nil }
            return unsafe number.write(littleEndian: target, count: count, isSigned: isSigned) ? count : nil
        case .decimal(let count, let scale):
            guard let number = parser.wide(scale: scale), parser.isAtEnd else { return nil }
            return unsafe number.write(littleEndian: target, count: count, isSigned: true) ? count : nil
        case .days:
            guard let days = parser.date(), parser.isAtEnd else { return nil }
            return store(days, 4)
        case .milliseconds:
            guard let days = parser.date(), parser.isAtEnd else { return nil }
            let (milliseconds, overflow) = days.multipliedReportingOverflow(by: 86_400_000)
            return overflow ? nil : store(milliseconds, 8)
        case .time(let perSecond):
            guard let time = parser.time(), parser.isAtEnd, time % (1_000_000_000 / perSecond) == 0 else { return nil }
            return store(time / (1_000_000_000 / perSecond), perSecond <= 1000 ? 4 : 8)
        case .timestamp(let perSecond, let isZoned):
            guard let (seconds, nanoseconds) = parser.timestamp(), !isZoned || parser.take("Z"), parser.isAtEnd else {
                return nil
            }
            let unit = 1_000_000_000 / perSecond
            let (whole, overflow) = seconds.multipliedReportingOverflow(by: perSecond)
            let (value, overflowed) = whole.addingReportingOverflow(nanoseconds / unit)
            guard !overflow, !overflowed, nanoseconds % unit == 0 else { return nil }
            return store(value, 8)
        case .uuid:
            let digits = unsafe text.filter { $0 != UInt8(ascii: "-") }
            guard digits.count == 32 else { return nil }
            for i in 0..<16 {
                let pair = String(decoding: digits[(2 * i)...(2 * i + 1)], as: UTF8.self)
                guard let byte = UInt8(pair, radix: 16) else { return nil }
                unsafe target.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
            }
            return 16
        }
    }
}

extension TextParser {
    /// Takes a number, as that many units of 10^-`scale`; nil where it isn't a whole number of them.
    mutating func wide(scale: Int) -> WideInteger? {
        let isNegative = take("-")
        guard let whole = digits() else { return nil }
        let fraction = take(".") ? digits() : []
        guard let fraction, fraction.count <= max(scale, 0), whole.count <= 160 else { return nil }
        var number = WideInteger()
        for digit in whole + fraction {
            guard number.append(digit: UInt32(digit - UInt8(ascii: "0"))) else { return nil }
        }
        for _ in fraction.count..<max(fraction.count, scale) {
            guard number.append(digit: 0) else { return nil }
        }
        for _ in 0..<max(0, -scale) where number.divide(by: 10) != 0 { return nil }
        number.setSign(negative: isNegative)
        return number
    }
}
