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
        let (days, ofDay) = floorDivide(time, 86_400_000)
        let (year, month, day) = date(days)
        func digits(_ value: Int64, _ count: Int, then end: UInt8) {
            var divisor: Int64 = count == 4 ? 1000 : count == 3 ? 100 : 10
            while divisor > 0 {
                bytes.append(UInt8(0x30 + value / divisor % 10))
                divisor /= 10
            }
            bytes.append(end)
        }
        digits(year, 4, then: UInt8(ascii: "-"))
        digits(month, 2, then: UInt8(ascii: "-"))
        digits(day, 2, then: UInt8(ascii: "T"))
        digits(ofDay / 3_600_000, 2, then: UInt8(ascii: ":"))
        digits(ofDay / 60_000 % 60, 2, then: UInt8(ascii: ":"))
        digits(ofDay / 1000 % 60, 2, then: UInt8(ascii: "."))
        digits(ofDay % 1000, 3, then: UInt8(ascii: "Z"))
    }

    /// Milliseconds since 1970 of such a text, also of one without milliseconds or of a day alone; nil for anything else.
    public static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func has(_ byte: Unicode.Scalar, at index: Int) -> Bool { bytes[index] == UInt8(ascii: byte) }
        guard bytes.count >= 10, has("-", at: 4), has("-", at: 7), let year = number(0..<4), let month = number(5..<7),
            let day = number(8..<10), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = days(year, month, day)
        guard date(days) == (year, month, day) else { return nil }
        if bytes.count == 10 { return days * 86_400_000 }
        guard bytes.count == 20 || bytes.count == 24, has("T", at: 10), has(":", at: 13), has(":", at: 16),
            has("Z", at: bytes.count - 1), let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), hour < 24, minute < 60, second < 60
        else { return nil }
        var time = days * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000
        if bytes.count == 24 {
            guard has(".", at: 19), let fraction = number(20..<23) else { return nil }
            time += fraction
        }
        return time
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> (Int64, Int64) {
        let quotient = a >= 0 ? a / b : (a - b + 1) / b
        return (quotient, a - quotient * b)
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar of eras of 400 years.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, ofEra) = floorDivide(days + 719_468, 146_097)
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (year + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let (era, ofEra) = floorDivide(year, 400)
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
