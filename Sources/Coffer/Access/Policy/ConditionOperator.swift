/// The name of a condition operator, taken apart: `ForAnyValue:StringNotLikeIfExists`.
struct ConditionOperator: Hashable, Sendable {
    /// What a key with several values is held to.
    enum Quantifier: Hashable { case none, anyValue, allValues }

    /// What is compared, and how.
    enum Comparison: Hashable {
        case text(ignoringCase: Bool)
        case pattern, arn, bool, binary, address, null
        case number(Order), date(Order)
    }

    /// How two numbers or dates stand to each other: that of the request to that of the policy.
    enum Order: String, CaseIterable, Hashable {
        case equals = "Equals"
        case lessThan = "LessThan", lessThanEquals = "LessThanEquals"
        case greaterThan = "GreaterThan", greaterThanEquals = "GreaterThanEquals"

        func holds<Value: Comparable>(_ given: Value, _ policy: Value) -> Bool {
            switch self {
            case .equals: given == policy
            case .lessThan: given < policy
            case .lessThanEquals: given <= policy
            case .greaterThan: given > policy
            case .greaterThanEquals: given >= policy
            }
        }
    }

    /// The name as it is written.
    let name: String
    let quantifier: Quantifier
    let comparison: Comparison
    /// Whether it asks that nothing matches.
    let isNegated: Bool
    /// Whether a missing key is fine.
    let ifExists: Bool

    /// Parses a name; nil where there is no such operator.
    init?(_ name: String) {
        self.name = name
        var rest = Substring(name)
        if rest.hasPrefix("ForAnyValue:") {
            (quantifier, rest) = (.anyValue, rest.dropFirst(12))
        } else if rest.hasPrefix("ForAllValues:") {
            (quantifier, rest) = (.allValues, rest.dropFirst(13))
        } else {
            quantifier = .none
        }
        ifExists = rest.hasSuffix("IfExists")
        if ifExists { rest = rest.dropLast(8) }
        guard let (comparison, isNegated) = Self.known[String(rest)] else { return nil }
        // `Null` is about whether there is a value, so nothing can be said of each or of a missing one.
        if comparison == .null, quantifier != .none || ifExists { return nil }
        (self.comparison, self.isNegated) = (comparison, isNegated)
    }

    /// The names without what may stand before and behind them.
    static let known: [String: (Comparison, isNegated: Bool)] = {
        var known: [String: (Comparison, isNegated: Bool)] = [
            "StringEquals": (.text(ignoringCase: false), false),
            "StringNotEquals": (.text(ignoringCase: false), true),
            "StringEqualsIgnoreCase": (.text(ignoringCase: true), false),
            "StringNotEqualsIgnoreCase": (.text(ignoringCase: true), true),
            "StringLike": (.pattern, false), "StringNotLike": (.pattern, true),
            "ArnEquals": (.arn, false), "ArnNotEquals": (.arn, true),
            "ArnLike": (.arn, false), "ArnNotLike": (.arn, true),
            "Bool": (.bool, false), "BinaryEquals": (.binary, false),
            "IpAddress": (.address, false), "NotIpAddress": (.address, true),
            "Null": (.null, false),
            "NumericNotEquals": (.number(.equals), true), "DateNotEquals": (.date(.equals), true),
        ]
        for order in Order.allCases {
            known["Numeric" + order.rawValue] = (.number(order), false)
            known["Date" + order.rawValue] = (.date(order), false)
        }
        return known
    }()
}
