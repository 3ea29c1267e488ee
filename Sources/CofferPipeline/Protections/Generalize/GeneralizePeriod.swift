import Coffer

extension Generalization.Period {
    /// The first day of the period that the day `days` after 1970-01-01 is in.
    @inline(__always)
    func start(_ days: Int) -> Int {
        if self == .day { return days }
        // 1970-01-01 was a Thursday.
        if self == .week { return days - (days + 3).quotientAndRemainder(floor: 7).remainder }
        let date = CalendarDay(days: days)
        let first: CalendarDay =
            switch self {
            case .month: CalendarDay(year: date.year, month: date.month, day: 1)
            case .quarter: CalendarDay(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
            case .decade: CalendarDay(year: date.year.quotientAndRemainder(floor: 10).quotient * 10, month: 1, day: 1)
            default: CalendarDay(year: date.year, month: 1, day: 1)
            }
        return first.days
    }

    /// What the period that begins on `start` is called: 1987, 1987-Q2, 1987-05, 1987-W20 (ISO 8601), 1987-05-17, 1980s.
    func write(_ start: Int, _ text: inout TextCursor) {
        let date = CalendarDay(days: start)
        switch self {
        case .day: text.append(date: start)
        case .week:
            // A week belongs to the year of its Thursday.
            let thursday = CalendarDay(days: start + 3)
            let first = CalendarDay(year: thursday.year, month: 1, day: 1).days
            text.append(thursday.year, width: 4)
            text.append("-W")
            text.append((start + 3 - first) / 7 + 1, width: 2)
        case .month:
            text.append(date.year, width: 4)
            text.append("-")
            text.append(date.month, width: 2)
        case .quarter:
            text.append(date.year, width: 4)
            text.append("-Q")
            text.append((date.month + 2) / 3)
        case .year: text.append(date.year, width: 4)
        case .decade:
            text.append(date.year, width: 4)
            text.append("s")
        }
    }
}

/// How a column of days or instants counts.
struct DateScale: Sendable {
    /// Bytes of a value.
    let width: Int
    /// Units in a day.
    let perDay: Int

    init(_ type: ArrowType) {
        switch type {
        case .date32: (width, perDay) = (4, 1)
        case .date64: (width, perDay) = (8, 86_400_000)
        case .timestamp(let unit, _): (width, perDay) = (8, 86_400 * unit.perSecond)
        default: preconditionFailure("the plan checked the type")
        }
    }

    @inline(__always)
    func read(_ bytes: UnsafeRawBufferPointer) -> Int {
        width == 4
            ? Int(unsafe Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
            : Int(unsafe Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
    }

    /// False where `value` is beyond what the column can hold.
    @inline(__always)
    func append(_ value: Int, to builder: inout FixedBuilder) -> Bool {
        if width == 4 {
            guard var narrow = Int32(exactly: value)?.littleEndian else { return false }
            return unsafe withUnsafeBytes(of: &narrow) { unsafe builder.append($0) }
        }
        var wide = Int64(value).littleEndian
        return unsafe withUnsafeBytes(of: &wide) { unsafe builder.append($0) }
    }
}

/// A date in text: `YYYY-MM-DD`, alone or before a time.
struct DateText {
    /// Days after 1970-01-01.
    let days: Int
    /// Whether a time follows.
    let hasTime: Bool

    static let byteCount = 10

    init?(_ text: UnsafeRawBufferPointer) {
        func number(_ from: Int, _ count: Int) -> Int? {
            var number = 0
            for i in from..<from + count {
                let byte = unsafe text[i]
                guard byte.isDigit else { return nil }
                number = number * 10 + Int(byte & 15)
            }
            return number
        }
        guard text.count >= Self.byteCount, text.count <= 40, unsafe text[4] == 0x2d, unsafe text[7] == 0x2d,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2)
        else { return nil }
        let date = CalendarDay(year: year, month: month, day: day)
        guard date.isReal else { return nil }
        days = date.days
        hasTime = text.count > Self.byteCount
        if hasTime {
            var rest = unsafe TextParser(UnsafeRawBufferPointer(rebasing: text[Self.byteCount...]))
            guard rest.take("T") || rest.take(" "), rest.time() != nil else { return nil }
            if !rest.isAtEnd, rest.zone() == nil { return nil }
            guard rest.isAtEnd else { return nil }
        }
    }
}
