import Coffer

/// What a ``Generalization/NumberRule`` makes of numbers that are whole multiples of 10^-scale.
struct NumberGeneralizer: Sendable {
    let rule: Generalization.NumberRule
    let scale: Int
    private let step: Int128
    private let bounds: [Int128]
    private let bottom, top: Int128?
    /// The step, where values of 64 bits can do without wider ones.
    private let smallStep: Int?

    init(_ rule: Generalization.NumberRule, scale: Int) {
        func units(_ quantity: Quantity) -> Int128 {
            guard let units = quantity.units(scale: scale) else { preconditionFailure("the plan checked the scale") }
            return units
        }
        self.rule = rule
        self.scale = scale
        (bottom, top) = (rule.bottom.map(units), rule.top.map(units))
        switch rule.shape {
        case .bucket(let step), .round(let step): (self.step, bounds) = (units(step), [])
        case .ranges(let bounds): (step, self.bounds) = (1, bounds.map(units))
        case .same: (step, bounds) = (1, [])
        }
        smallStep = Int(exactly: step)
    }

    /// Whether numbers become the names of ranges.
    var isNaming: Bool {
        switch rule.shape {
        case .bucket, .ranges: true
        case .round, .same: false
        }
    }

    /// The place of the range that `value` is in; ``name(_:)`` says what it is called.
    @inline(__always)
    func range(of value: Int128) -> Int128 {
        if let bottom, value < bottom { return Int128.min }
        if let top, value >= top { return Int128.max }
        if !bounds.isEmpty {
            var (low, high) = (0, bounds.count)
            while low < high {
                let middle = (low + high) / 2
                if bounds[middle] <= value { low = middle + 1 } else { high = middle }
            }
            return Int128(low)
        }
        if let small = smallStep, let value = Int(exactly: value) {
            return Int128(value.quotientAndRemainder(floor: small).quotient)
        }
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: step)
        return remainder < 0 ? quotient - 1 : quotient
    }

    func name(_ range: Int128) -> String {
        func text(_ units: Int128) -> String { Quantity.text(units, scale: scale) }
        if range == Int128.min, let bottom { return "<\(text(bottom))" }
        if range == Int128.max, let top { return ">=\(text(top))" }
        if bounds.isEmpty { return "[\(text(range * step)),\(text((range + 1) * step)))" }
        if range == 0 { return "<\(text(bounds[0]))" }
        if range == bounds.count { return ">=\(text(bounds[bounds.count - 1]))" }
        return "[\(text(bounds[Int(range) - 1])),\(text(bounds[Int(range)])))"
    }

    /// The number that stands for `value`; halves are rounded away from zero. `isMore` says that the value is a little more
    /// than `value`.
    @inline(__always)
    func rounded(_ value: Int128, isMore: Bool = false) -> Int128 {
        var value = value
        if case .round = rule.shape {
            if !isMore, let small = smallStep, let narrow = Int(exactly: value) {
                let (quotient, rest) = narrow.quotientAndRemainder(floor: small)
                let isUp = rest > small - rest || rest == small - rest && narrow > 0
                value = Int128(isUp ? quotient + 1 : quotient) * Int128(small)
            } else {
                var (quotient, rest) = value.quotientAndRemainder(dividingBy: step)
                if rest < 0 { (quotient, rest) = (quotient - 1, rest + step) }
                let isUp = rest > step - rest || rest == step - rest && (value > 0 || isMore)
                value = (isUp ? quotient + 1 : quotient) * step
            }
        }
        if let bottom, value < bottom { return bottom }
        if let top, value > top { return top }
        return value
    }
}
