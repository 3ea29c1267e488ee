/// What a run of digits can be, by its length, its groups and its check digits.
extension DigitRun {
    /// Calls `verdict` with each entity that it can be and how sure that is, from 0 to 100, or 0 for those whose shape it
    /// has, but not their check digit. `isSigned`: a `+` stands before it; `opens`: a bracket stands before it.
    func judge(isSigned: Bool, opens: Bool, verdict: (Entity, Int) -> Void) {
        if !isSigned, !opens, !isUniform { judgeNumbers { verdict($0, $1 ? $2 : 0) } }
        if let score = phoneScore(isSigned: isSigned, opens: opens) { verdict(.phone, score) }
    }

    private var isPlain: Bool { groupCount == 1 }

    private func judgeNumbers(_ check: (Entity, Bool, Int) -> Void) {
        switch count {
        case 9:
            if isPlain || isGrouped(3, 2, 4, by: "- .") && separator(1) == separator(2) {
                check(.usSSN, isSSN, isPlain ? 20 : separator(1) == UInt8(ascii: ".") ? 50 : 75)
            }
            if isPlain || isGrouped(4, 2, 3, by: ". ") || isGrouped(3, 3, 3, by: ". ") {
                check(.nlBSN, passesBSN, isPlain ? 30 : 55)
            }
        case 10:
            if isPlain || isGrouped(3, 3, 4, by: " -") {
                check(.ukNHS, passesNHS, isPlain ? 40 : separator(1) == UInt8(ascii: " ") ? 70 : 45)
            }
            if isPlain || isGrouped(6, 4, by: "-+") {
                check(.sePersonnummer, passesPersonnummer, isPlain ? 35 : 85)
            }
        case 11:
            if isPlain { check(.plPESEL, passesPESEL, 55) }
            if isPlain || isGrouped(2, 3, 3, 3, by: " ") { check(.deTaxID, passesTaxID, isPlain ? 50 : 80) }
            if isPlain || isGrouped(3, 3, 3, 2, by: ".-") { check(.brCPF, passesCPF, isPlain ? 55 : 95) }
        case 12:
            if isPlain || isGrouped(4, 4, 4, by: " -") {
                check(.inAadhaar, self[0] > 1 && passesVerhoeff, isPlain ? 50 : 80)
            }
            if isPlain || isGrouped(8, 4, by: "-+") {
                check(.sePersonnummer, passesPersonnummer, isPlain ? 65 : 90)
            }
        case 15:
            if isPlain || length(0) == 1 { check(.frNIR, passesNIR, 90) }
        default: break
        }
        if (12...19).contains(count), isPlain || isCardGrouped {
            check(.card, isCardNumber && passesLuhn(), isPlain ? 85 : 92)
        }
    }

    /// Areas, groups and serials that the Social Security Administration gives out.
    private var isSSN: Bool {
        let area = number(0..<3)
        return area > 0 && area != 666 && area < 900 && number(3..<5) > 0 && number(5..<9) > 0
            && number(0..<9) != 123_456_789 && number(0..<9) != 78_051_120
    }

    /// Groups of four (the last may be shorter or longer), or American Express' 4-6-5.
    private var isCardGrouped: Bool {
        guard (2...5).contains(groupCount), length(0) == 4 else { return false }
        for i in 1..<groupCount {
            guard separator(i) == separator(1), separator(i).isOne(of: " -") else { return false }
            guard length(i) == 4 || i == groupCount - 1 || (i == 1 && length(i) == 6) else { return false }
        }
        return true
    }

    /// Whether prefix and length are those of a card network.
    private var isCardNumber: Bool {
        let (two, four) = (number(0..<2), number(0..<4))
        return switch self[0] {
        case 4: count == 13 || count == 16 || count == 19  // Visa
        case 5: (two >= 51 && two <= 55 || two == 50 || two >= 56) && (count == 16 || two == 50 || two >= 56)
        case 2:
            (2221...2720).contains(four) && count == 16 || four == 2131 && count == 15
                || (2200...2204).contains(four) && count == 16
        case 3:
            switch two {
            case 34, 37: count == 15  // American Express
            case 30, 36, 38, 39: count == 14 || count == 16  // Diners Club
            case 35: count == 16  // JCB
            default: false
            }
        case 1: four == 1800 && count == 15  // JCB, before 3528 to 3589
        case 6: count == 16 || count == 19 || (count >= 12 && [60, 63, 67].contains(two))
        default: false
        }
    }
}
