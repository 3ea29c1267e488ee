/// Check digits over a run of digits. Each function cites who defined it.
extension DigitRun {
    /// ISO/IEC 7812-1, annex B, over digits from `start` on.
    func passesLuhn(from start: Int = 0) -> Bool {
        LuhnDigit.after(start..<(count - 1)) { self[$0] } == self[count - 1]
    }

    /// Verhoeff's dihedral check (the last digit of an Aadhaar number).
    var passesVerhoeff: Bool {
        var check = 0
        for i in 0..<count {
            check = Self.multiply(check, Self.permuted(self[count - 1 - i], times: i % 8))
        }
        return check == 0
    }

    /// The product in the dihedral group of order ten.
    private static func multiply(_ a: Int, _ b: Int) -> Int {
        switch (a < 5, b < 5) {
        case (true, true): (a + b) % 5
        case (true, false): (a + b - 5) % 5 + 5
        case (false, true): (a - 5 - b + 5) % 5 + 5
        case (false, false): (a - b + 5) % 5
        }
    }

    /// Verhoeff's permutation, (1 5 8 9 4 2 7 0)(3 6), applied again and again.
    private static func permuted(_ digit: Int, times: Int) -> Int {
        var packed = digit
        for _ in 0..<times { packed = Int(0x49_0382_6751 >> (packed * 4)) & 15 }
        return packed
    }

    /// The sum of the first digits, each times its weight, which falls by one from `weight` on.
    private func weighted(_ weight: Int, _ digits: Int) -> Int {
        (0..<digits).reduce(0) { $0 + self[$1] * (weight - $1) }
    }

    /// UK NHS number: modulus 11, ten digits.
    var passesNHS: Bool {
        let check = (11 - weighted(10, 9) % 11) % 11
        return check < 10 && check == self[9]
    }

    /// Dutch burgerservicenummer: the “elfproef”, nine digits.
    var passesBSN: Bool {
        let sum = weighted(9, 8) - self[8]
        return sum > 0 && sum.isMultiple(of: 11)
    }

    /// Polish PESEL: weights 1 3 7 9, and a date in the first six digits.
    var passesPESEL: Bool {
        let sum = (0..<10).reduce(0) { $0 + self[$1] * ((0x9731 >> ($1 % 4 * 4)) & 15) }
        let month = number(2..<4) % 20
        return (10 - sum % 10) % 10 == self[10] && (1...12).contains(month) && (1...31).contains(number(4..<6))
    }

    /// German tax id (ISO 7064, MOD 11,10): in its first ten digits one digit stands two or three times, the first is no 0.
    var passesTaxID: Bool {
        guard self[0] != 0 else { return false }
        var seen: InlineArray<10, Int> = .init(repeating: 0)
        var product = 10
        for i in 0..<10 {
            seen[self[i]] += 1
            let sum = (self[i] + product) % 10
            product = (sum == 0 ? 10 : sum) * 2 % 11
        }
        var repeated = 0
        for digit in 0..<10 where seen[digit] > 1 {
            guard seen[digit] <= 3 else { return false }
            repeated += 1
        }
        return repeated == 1 && (11 - product) % 10 == self[10]
    }

    /// Brazilian CPF: two digits of modulus 11.
    var passesCPF: Bool {
        guard !isUniform else { return false }
        func check(_ digits: Int) -> Int {
            let rest = weighted(digits + 1, digits) * 10 % 11
            return rest == 10 ? 0 : rest
        }
        return check(9) == self[9] && check(10) == self[10]
    }

    /// French NIR: sex, year, month, and a key of modulus 97. Numbers with the letters of Corsica are not seen.
    var passesNIR: Bool {
        guard [1, 2, 3, 4, 7, 8].contains(self[0]) else { return false }
        let month = number(3..<5)
        return (1...12).contains(month) || (20...42).contains(month) || month >= 50
            ? number(13..<15) == 97 - number(0..<13) % 97 : false
    }

    /// Swedish personnummer: a date and a Luhn digit over the last ten digits.
    var passesPersonnummer: Bool {
        let from = count - 10
        let (month, day) = (number((from + 2)..<(from + 4)), number((from + 4)..<(from + 6)))
        if from == 2, !(18...20).contains(number(0..<2)) { return false }
        return (1...12).contains(month) && ((1...31).contains(day) || (61...91).contains(day)) && passesLuhn(from: from)
    }
}
