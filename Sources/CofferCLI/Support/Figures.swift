/// Numbers for people.
enum Figures {
    /// `1 row`, `12 500 rows`.
    static func count(_ number: Int, _ unit: String) -> String { "\(grouped(number)) \(unit)\(number == 1 ? "" : "s")" }

    /// `12 500`.
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(number))
        var at = digits.count - 3
        while at > 0, digits[at - 1].isNumber {
            digits.insert(" ", at: at)
            at -= 3
        }
        return String(digits)
    }

    /// `3.9%`.
    static func percent(_ part: Double) -> String { "\(decimal(part * 100, digits: 1))%" }

    /// `0.123`, `17.3`.
    static func fraction(_ number: Double) -> String { decimal(number, digits: number < 10 ? 3 : 1) }

    private static func decimal(_ number: Double, digits: Int) -> String {
        var unit = 1
        for _ in 0..<digits { unit *= 10 }
        let units = Int((number * Double(unit)).rounded())
        let rest = String(units % unit)
        return "\(units / unit)." + String(repeating: "0", count: digits - rest.utf8.count) + rest
    }

    /// `0.3 s`, `2 min 5 s`.
    static func seconds(_ seconds: Double) -> String {
        if seconds >= 60 { return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s" }
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
