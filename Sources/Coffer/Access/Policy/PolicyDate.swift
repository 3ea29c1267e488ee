/// Points in time as policies write them: ISO 8601 (`2026-11-21T13:05:00Z`, also only `2026-11-21`) or seconds since 1970.
enum PolicyDate {
    /// Milliseconds since 1970; nil where `text` is neither.
    static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 40 else { return nil }
        if let seconds = epoch(bytes) { return seconds }
        var reader = Reader(bytes: bytes)
        guard let year = reader.number(4) else { return nil }
        var (month, day, milliseconds): (Int64, Int64, Int64) = (1, 1, 0)
        if reader.take("-") {
            guard let given = reader.number(2), (1...12).contains(given) else { return nil }
            month = given
            if reader.take("-") {
                guard let given = reader.number(2), given >= 1, given <= days(in: month, of: year) else { return nil }
                day = given
                if reader.take("T") {
                    guard let time = reader.time() else { return nil }
                    milliseconds = time
                }
            }
        }
        guard reader.isAtEnd else { return nil }
        return daysSince1970(year, month, day) * 86_400_000 + milliseconds
    }

    /// `2026-11-21T13:05:21Z`.
    static func text(_ milliseconds: Int64) -> String {
        let seconds = (Double(milliseconds) / 1000).rounded(.down)
        let whole = Int64(seconds)
        var day = whole / 86400
        var rest = whole % 86400
        if rest < 0 { (day, rest) = (day - 1, rest + 86400) }
        let (year, month, date) = civil(day)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(date))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    /// Whole seconds; ten digits or so, never four, which is a year.
    private static func epoch(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count > 4, bytes.count <= 12, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(String(decoding: bytes, as: UTF8.self)).map { $0 * 1000 }
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days of the Gregorian calendar; years begin in March here, so that the leap day is the last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = days + 719468
        let era = (days >= 0 ? days : days - 146096) / 146097
        let ofEra = days - era * 146097
        let year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (year + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
            at += 1
            return true
        }

        mutating func number(_ count: Int) -> Int64? {
            guard at + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[at..<(at + count)] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            at += count
            return value
        }

        /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.sss`, then `Z` or an offset, in milliseconds.
        mutating func time() -> Int64? {
            guard let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60 else { return nil }
            var milliseconds = (hour * 60 + minute) * 60_000
            if take(":") {
                guard let second = number(2), second < 60 else { return nil }
                milliseconds += second * 1000
                if take(".") {
                    var scale: Int64 = 100
                    guard let first = number(1) else { return nil }
                    milliseconds += first * scale
                    while let digit = number(1) {
                        scale /= 10
                        milliseconds += digit * scale
                    }
                }
            }
            if take("Z") { return milliseconds }
            let isEast = take("+")
            guard isEast || take("-"), let hours = number(2), hours < 24 else { return nil }
            _ = take(":")
            guard let minutes = number(2), minutes < 60 else { return nil }
            return milliseconds - (isEast ? 1 : -1) * (hours * 60 + minutes) * 60_000
        }
    }
}
