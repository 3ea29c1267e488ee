/// The check digit of payment cards and others (ISO/IEC 7812-1, annex B).
enum LuhnDigit {
    /// The digit that comes after those at `positions`.
    @inline(__always)
    static func after(_ positions: Range<Int>, digit: (Int) -> Int) -> Int {
        var sum = 0
        for i in positions {
            let weighted = (positions.upperBound - i).isMultiple(of: 2) ? digit(i) : digit(i) * 2
            sum += weighted > 9 ? weighted - 9 : weighted
        }
        return (10 - sum % 10) % 10
    }
}
