import Coffer

/// Reads canonical texts, and the freer forms in which other systems write the same values.
struct TextParser {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: UnsafeRawBufferPointer) { unsafe bytes = Array(text) }

    var isAtEnd: Bool { at == bytes.count }

    /// Takes `character` if it comes next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// Takes all digits that come next, at least one.
    mutating func digits() -> ArraySlice<UInt8>? {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        return at > start ? bytes[start..<at] : nil
    }

    /// Takes digits as a number: `count` of them, or all where it is nil; at most 15.
    mutating func number(_ count: Int? = nil) -> Int? {
        guard let digits = digits(), digits.count <= 15, count == nil || digits.count == count else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Takes `YYYY-MM-DD` as days since 1970-01-01.
    mutating func date() -> Int? {
        let isNegative = take("-")
        guard let digits = digits(), (4...15).contains(digits.count) else { return nil }
        let magnitude = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard magnitude < 1_000_000_000, take("-"), let month = number(2), take("-"), let day = number(2) else {
            return nil
        }
        let date = CalendarDay(year: isNegative ? -magnitude : magnitude, month: month, day: day)
        return date.isReal ? date.days : nil
    }

    /// Takes `HH:MM:SS` with up to nine digits of fraction, as nanoseconds.
    mutating func time() -> Int? {
        guard let hour = number(2), hour <= 24, take(":"), let minute = number(2), minute < 60, take(":"),
            let second = number(2), second < 60
        else { return nil }
        var nanoseconds = 0
        if take(".") {
            guard let digits = digits(), digits.count <= 9 else { return nil }
            nanoseconds = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            for _ in digits.count..<9 { nanoseconds *= 10 }
        }
        return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nanoseconds
    }

    /// Takes a date, `T` or a space, and a time: whole seconds since 1970 and nanoseconds beside them.
    mutating func timestamp() -> (seconds: Int, nanoseconds: Int)? {
        guard let day = date(), take("T") || take(" "), let time = time() else { return nil }
        let (seconds, nanoseconds) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (day * 86_400 + seconds, nanoseconds)
    }

    /// Takes `Z` or `±HH[[:]MM]`, as seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let first = digits() else { return nil }
        var digits = first
        if digits.count == 2, take(":") {
            guard let minutes = self.digits(), minutes.count == 2 else { return nil }
            digits += minutes
        }
        guard digits.count == 2 || digits.count == 4 else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        let minutes = digits.count == 2 ? number * 60 : number / 100 * 60 + number % 100
        return (isWest ? -60 : 60) * minutes
    }
}
