/// Phone numbers by their numbering plans: lengths, prefixes, the way they are written. What is written like a date, an
/// amount or an address of a network is none.
extension DigitRun {
    /// How sure it is a phone number, from 0 to 100; nil where it can't be one.
    func phoneScore(isSigned: Bool, opens: Bool) -> Int? {
        guard (7...15).contains(count), !isUniform, !isDate, !isNetwork, !isAmount else { return nil }
        if isSigned { return internationalScore }
        if self[0] == 0, self[1] == 0, count >= 10, self[2] != 0 { return groupCount > 1 ? 70 : 40 }
        if isNorthAmerican(from: 0), count == 10 { return northAmericanScore(opens: opens) }
        if count == 11, self[0] == 1, isNorthAmerican(from: 1) { return groupCount > 1 ? 75 : 25 }
        if self[0] == 0, self[1] != 0, (9...12).contains(count) { return nationalScore(opens: opens) }
        if self[0] == 0, count == 8, groupCount > 2, separator(1) == UInt8(ascii: "-") { return 55 }
        return otherScore(opens: opens)
    }

    /// After `+`: a country code that is in use, and a length that its plan takes.
    private var internationalScore: Int? {
        guard let length = CallingCodes.length(self[0], self[1], self[2]) else { return nil }
        let national = count - length
        guard (6...12).contains(national) else { return nil }
        if self[0] == 1 { return count == 11 && isNorthAmerican(from: 1) ? 92 : count == 11 ? 60 : nil }
        return national >= 8 ? 90 : 80
    }

    /// NXX-NXX-XXXX: neither area nor exchange begins with 0 or 1.
    private func isNorthAmerican(from start: Int) -> Bool {
        guard count >= start + 10 else { return false }
        return self[start] > 1 && self[start + 3] > 1 && !(self[start + 1] == 1 && self[start + 2] == 1)
    }

    private func northAmericanScore(opens: Bool) -> Int {
        if groupCount == 1 { return 25 }
        if isGrouped(3, 3, 4, by: "-. )(") { return opens ? 85 : 72 }
        return 30
    }

    /// A trunk 0 in front: most of Europe, Asia and Australia.
    private func nationalScore(opens: Bool) -> Int {
        if groupCount == 1 { return 30 }
        if opens { return 75 }
        return (2...6).contains(groupCount) && length(0) >= 2 ? 65 : 35
    }

    /// Nine digits in threes, ten in twos, Brazil's (11) 91234-5678: written as numbers are dialled.
    private func otherScore(opens: Bool) -> Int? {
        if groupCount == 1 { return count >= 8 && count <= 13 ? 15 : nil }
        if opens, (10...11).contains(count), length(0) == 2 { return 80 }
        if opens { return 55 }
        if isGrouped(3, 3, 3, by: " -.") { return self[0] >= 5 ? 55 : 35 }
        if isGrouped(3, 2, 2, 2, by: " -.") || isGrouped(2, 3, 2, 2, by: " ") { return 60 }
        if isGrouped(2, 4, 4, by: " -") || isGrouped(2, 5, 4, by: " -") { return separator(2) == 0x2d ? 58 : 40 }
        if isGrouped(5, 5, by: " -"), self[0] >= 6 { return 60 }
        if isGrouped(3, 4, by: "-"), self[0] > 1 { return 40 }
        return groupCount <= 5 ? 20 : nil
    }

    /// Four groups with dots, none above 255.
    private var isNetwork: Bool {
        guard groupCount == 4, (1..<4).allSatisfy({ separator($0) == UInt8(ascii: ".") }) else { return false }
        return (0..<4).allSatisfy { length($0) <= 3 && digits.number(range($0)) <= 255 }
    }

    /// Two groups with a dot: a number with a fraction.
    private var isAmount: Bool { groupCount == 2 && separator(1) == UInt8(ascii: ".") }

    /// Three groups that are a year, a month and a day in some order.
    var isDate: Bool { date != nil }

    /// The year, where the groups are written as a date: 1987-05-17, 17.05.1987, 5/17/1987.
    var date: Int? {
        guard groupCount >= 3, separator(1) == separator(2), separator(1).isOne(of: "-./") else { return nil }
        let (a, b, c) = (digits.number(range(0)), digits.number(range(1)), digits.number(range(2)))
        guard length(1) <= 2, groupCount == 3 else { return nil }
        if length(0) == 4, length(2) <= 2, (1...12).contains(b), (1...31).contains(c) { return a }
        guard length(0) <= 2, (1...31).contains(a), (1...31).contains(b), min(a, b) <= 12 else { return nil }
        if length(2) == 4 { return c }
        return length(2) == 2 && separator(1) != UInt8(ascii: "-") ? (c > 30 ? 1900 + c : 2000 + c) : nil
    }

    private func range(_ group: Int) -> Range<Int> {
        let group = digits.groups[first + group]
        return group.from..<group.to
    }
}

/// Calling codes of countries (ITU-T E.164).
private enum CallingCodes {
    /// Two-digit codes, as bits by the number.
    private static let two: UInt128 = [
        20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61,
        62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
    ].reduce(into: UInt128(0)) { $0 |= UInt128(1) << $1 }
    /// The first two digits of three-digit codes.
    private static let three: UInt128 = [
        21, 22, 23, 24, 25, 26, 29, 35, 37, 38, 42, 50, 59, 67, 68, 69, 80, 85, 87, 88, 96, 97, 99,
    ].reduce(into: UInt128(0)) { $0 |= UInt128(1) << $1 }

    /// How many of the digits are the country's code; nil where no country has it.
    static func length(_ a: Int, _ b: Int, _ c: Int) -> Int? {
        if a == 1 || a == 7 { return 1 }
        if two >> (a * 10 + b) & 1 == 1 { return 2 }
        return three >> (a * 10 + b) & 1 == 1 ? 3 : nil
    }
}
