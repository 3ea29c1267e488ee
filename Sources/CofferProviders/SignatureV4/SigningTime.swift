/// A second, and how Signature Version 4 writes it: `20150830T123600Z`.
struct SigningTime: Hashable, Sendable {
    /// Seconds since 1970.
    let seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    /// Parses `20150830T123600Z`.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in digits[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15), (1...12).contains(month),
            (1...31).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        // The 31st of February is no day.
        guard self.text == text else { return nil }
    }

    /// `20150830T123600Z`.
    var text: String {
        let (year, month, day) = Self.civil(Self.floor(seconds, 86_400))
        let second = seconds - Self.floor(seconds, 86_400) * 86_400
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        func append(_ number: Int64, _ digits: Int) {
            var divisor: Int64 = digits == 4 ? 1000 : 10
            while divisor > 0 {
                bytes.append(0x30 + UInt8(number / divisor % 10))
                divisor /= 10
            }
        }
        append(min(max(year, 0), 9999), 4)
        append(month, 2)
        append(day, 2)
        bytes.append(UInt8(ascii: "T"))
        append(second / 3600, 2)
        append(second / 60 % 60, 2)
        append(second % 60, 2)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `20150830`.
    var date: String { String(text.prefix(8)) }

    private static func floor(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

    /// Days since 1970 of a date of the Gregorian calendar, counting years from March so that leap days come last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floor(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let era = floor(days + 719_468, 146_097)
        let dayOfEra = days + 719_468 - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
