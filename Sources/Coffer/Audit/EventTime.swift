/// Times of events as texts: RFC 3339 in UTC with milliseconds, written by arithmetic alone.
public enum EventTime {
    /// `2026-11-21T09:30:00.125Z` of milliseconds since 1970.
    public static func text(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        write(milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends it. Years before 0 and after 9999 are written as those.
    static func write(_ milliseconds: Int64, to bytes: inout [UInt8]) {
        let limits = (-62_167_219_200_000...253_402_300_799_999 as ClosedRange<Int64>)
        let time = min(max(milliseconds, limits.lowerBound), limits.upperBound)
        let (days, ofDay) = Int(time).quotientAndRemainder(floor: 86_400_000)
        let date = CalendarDay(days: days)
        func digits(_ value: Int, _ count: Int, then end: UInt8) {
            var divisor = count == 4 ? 1000 : count == 3 ? 100 : 10
            while divisor > 0 {
                bytes.append(UInt8(0x30 + value / divisor % 10))
                divisor /= 10
            }
            bytes.append(end)
        }
        digits(date.year, 4, then: UInt8(ascii: "-"))
        digits(date.month, 2, then: UInt8(ascii: "-"))
        digits(date.day, 2, then: UInt8(ascii: "T"))
        digits(ofDay / 3_600_000, 2, then: UInt8(ascii: ":"))
        digits(ofDay / 60_000 % 60, 2, then: UInt8(ascii: ":"))
        digits(ofDay / 1000 % 60, 2, then: UInt8(ascii: "."))
        digits(ofDay % 1000, 3, then: UInt8(ascii: "Z"))
    }

    /// Milliseconds since 1970 of such a text, also of one without milliseconds or of a day alone; nil for anything else.
    public static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        func has(_ byte: Unicode.Scalar, at index: Int) -> Bool { bytes[index] == UInt8(ascii: byte) }
        guard bytes.count >= 10, has("-", at: 4), has("-", at: 7), let year = number(0..<4), let month = number(5..<7),
            let day = number(8..<10), case let date = CalendarDay(year: year, month: month, day: day), date.isReal
        else { return nil }
        let start = date.days * 86_400_000
        if bytes.count == 10 { return Int64(start) }
        guard bytes.count == 20 || bytes.count == 24, has("T", at: 10), has(":", at: 13), has(":", at: 16),
            has("Z", at: bytes.count - 1), let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), hour < 24, minute < 60, second < 60
        else { return nil }
        var time = start + hour * 3_600_000 + minute * 60_000 + second * 1000
        if bytes.count == 24 {
            guard has(".", at: 19), let fraction = number(20..<23) else { return nil }
            time += fraction
        }
        return Int64(time)
    }
}
