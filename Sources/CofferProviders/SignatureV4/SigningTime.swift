import Coffer

/// A second, and how Signature Version 4 writes it: `20150830T123600Z`.
struct SigningTime: Hashable, Sendable {
    /// Seconds since 1970.
    let seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    /// Parses `20150830T123600Z`.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in digits[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15), hour < 24, minute < 60, second < 60,
            case let date = CalendarDay(year: year, month: month, day: day), date.isReal
        else { return nil }
        seconds = Int64(date.days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// `20150830T123600Z`.
    var text: String {
        let (days, second) = Int(seconds).quotientAndRemainder(floor: 86_400)
        let date = CalendarDay(days: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        func append(_ number: Int, _ digits: Int) {
            var divisor = digits == 4 ? 1000 : 10
            while divisor > 0 {
                bytes.append(0x30 + UInt8(number / divisor % 10))
                divisor /= 10
            }
        }
        append(min(max(date.year, 0), 9999), 4)
        append(date.month, 2)
        append(date.day, 2)
        bytes.append(UInt8(ascii: "T"))
        append(second / 3600, 2)
        append(second / 60 % 60, 2)
        append(second % 60, 2)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `20150830`.
    var date: String { String(text.prefix(8)) }
}
