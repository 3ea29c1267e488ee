/// A decimal number as somebody writes it: exact, with up to 20 digits before the point and 18 after it.
public struct Quantity: Hashable, Sendable, CustomStringConvertible {
    /// How many of 10^-``scale`` it is.
    let units: Int128
    /// The digits after the point, without zeros at the end.
    let scale: Int

    init(units: Int128, scale: Int) { (self.units, self.scale) = (units, scale) }

    init?(_ text: String) {
        var digits = text[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...20).contains(parts[0].utf8.count),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) })
        else { return nil }
        var fraction = parts.count == 2 ? Array(parts[1].utf8) : []
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        guard fraction.count <= 18 else { return nil }
        let magnitude = (Array(parts[0].utf8) + fraction).reduce(Int128(0)) { $0 * 10 + Int128($1 & 15) }
        units = isNegative ? -magnitude : magnitude
        scale = fraction.count
    }

    /// How many of 10^-`scale` it is; nil where that is no whole number, or too large.
    func units(scale: Int) -> Int128? {
        guard scale >= self.scale else { return nil }
        var units = units
        for _ in self.scale..<scale {
            let (product, overflow) = units.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            units = product
        }
        return units
    }

    /// The number in digits.
    public var description: String { Self.text(units, scale: scale) }

    /// `units` of 10^-`scale`, without zeros at the end.
    static func text(_ units: Int128, scale: Int) -> String {
        var digits = Array(String(units.magnitude).utf8)
        while digits.count <= scale { digits.insert(UInt8(ascii: "0"), at: 0) }
        var fraction = Array(digits.suffix(scale))
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        let whole = (units < 0 ? "-" : "") + String(decoding: digits.dropLast(scale), as: UTF8.self)
        return fraction.isEmpty ? whole : whole + "." + String(decoding: fraction, as: UTF8.self)
    }
}
