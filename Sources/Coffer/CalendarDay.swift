/// A day of the Gregorian calendar, at all times.
package struct CalendarDay: Equatable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int

    @inlinable package init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }

    /// The day `days` after 1970-01-01.
    @inlinable @inline(__always)
    package init(days: Int) {
        let (era, rest) = (days + 719_468).quotientAndRemainder(floor: 146_097)
        let yearOfEra = (rest - rest / 1460 + rest / 36_524 - rest / 146_096) / 365
        let dayOfYear = rest - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (shifted >= 10 ? 1 : 0)
    }

    /// Days after 1970-01-01.
    @inlinable @inline(__always)
    package var days: Int {
        let (era, yearOfEra) = (month > 2 ? year : year - 1).quotientAndRemainder(floor: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Whether the calendar has such a day: the 31st of February is none.
    @inlinable package var isReal: Bool { (1...12).contains(month) && day >= 1 && CalendarDay(days: days) == self }
}

extension Int {
    /// Division that rounds down, so that the remainder is never negative.
    @inlinable package func quotientAndRemainder(floor divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
