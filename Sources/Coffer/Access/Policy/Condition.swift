import FoundationEssentials

/// One line of a statement's conditions: an operator, a key, and the values of which one must match.
struct Condition: Sendable {
    /// The values, ready to be compared.
    enum Wanted: Sendable {
        case templates([Template])
        case numbers([Double], ConditionOperator.Order)
        case dates([Int64], ConditionOperator.Order)
        case bools([Bool])
        case binaries([[UInt8]])
        case addresses([AddressRange])
    }

    let test: ConditionOperator
    /// The key as it is written.
    let keyName: String
    let key: ConditionKey
    /// The values as they are written.
    let values: [String]
    private let wanted: Wanted

    init(_ test: ConditionOperator, _ keyName: String, _ values: [String], variables: Bool) throws(PolicyError) {
        self.test = test
        self.keyName = keyName
        self.values = values
        key = ConditionKey(keyName)
        wanted = try Self.compile(test, values, variables: variables)
    }

    /// Whether the condition holds. A key that is missing matches nothing, so only what asks for no match holds then. A key
    /// with several values and no set operator counts the way that gives less: all must hold for an Allow, one for a Deny.
    func holds(_ facts: RequestFacts, for effect: PolicyStatement.Effect) -> Bool {
        let given = facts.values(of: key)
        if test.comparison == .null, case .bools(let wanted) = wanted { return wanted.contains(given.isEmpty) }
        if given.isEmpty {
            if test.ifExists { return true }
            switch test.quantifier {
            case .none: return test.isNegated
            case .anyValue: return false
            case .allValues: return true
            }
        }
        switch (test.quantifier, effect) {
        case (.anyValue, _), (.none, .deny): return given.contains { matches($0, facts) != test.isNegated }
        case (.allValues, _), (.none, .allow): return given.allSatisfy { matches($0, facts) != test.isNegated }
        }
    }

    /// Whether one of the policy's values matches `value`.
    private func matches(_ value: String, _ facts: RequestFacts) -> Bool {
        switch wanted {
        case .templates(let templates):
            switch test.comparison {
            case .arn: templates.contains { $0.pattern(facts)?.matchesARN(value) ?? false }
            case .text(ignoringCase: true):
                templates.contains { $0.pattern(facts)?.matches(value.lowercased()) ?? false }
            default: templates.contains { $0.pattern(facts)?.matches(value) ?? false }
            }
        case .numbers(let numbers, let order):
            Self.number(value).map { value in numbers.contains { order.holds(value, $0) } } ?? false
        case .dates(let dates, let order):
            PolicyDate.parse(value).map { value in dates.contains { order.holds(value, $0) } } ?? false
        case .bools(let bools): Self.bool(value).map(bools.contains) ?? false
        case .binaries(let binaries): Self.binary(value).map(binaries.contains) ?? false
        case .addresses(let ranges): ranges.contains { $0.contains(value) }
        }
    }

    private static func compile(
        _ test: ConditionOperator, _ values: [String], variables: Bool
    ) throws(PolicyError) -> Wanted {
        func all<T>(_ form: String, _ parse: (String) -> T?) throws(PolicyError) -> [T] {
            var parsed: [T] = []
            for value in values {
                guard let value = parse(value) else {
                    throw PolicyError("\(PolicyError.quote(value)) is not \(form), which \(test.name) compares")
                }
                parsed.append(value)
            }
            return parsed
        }
        switch test.comparison {
        case .number(let order): return .numbers(try all("a number", number), order)
        case .date(let order): return .dates(try all("a date like 2026-11-21T13:05:00Z", PolicyDate.parse), order)
        case .bool, .null: return .bools(try all("true or false", bool))
        case .binary: return .binaries(try all("base64", binary))
        case .address: return .addresses(try all("an IP address or range", AddressRange.init))
        case .text, .pattern, .arn:
            let hasWildcards = test.comparison == .pattern || test.comparison == .arn
            var templates: [Template] = []
            for value in values {
                let template = try Template(
                    value, wildcards: hasWildcards, variables: variables,
                    isLowercase: test.comparison == .text(ignoringCase: true))
                if test.comparison == .arn, !template.hasVariables, !isARN(value) {
                    throw PolicyError(
                        "\(PolicyError.quote(value)) is not an ARN, which \(test.name) compares",
                        hint: "an ARN has six parts: arn:aws:iam::123456789012:user/*")
                }
                templates.append(template)
            }
            return .templates(templates)
        }
    }

    private static func isARN(_ text: String) -> Bool {
        text.hasPrefix("arn:") && text.utf8.count { $0 == UInt8(ascii: ":") } >= 5
    }

    private static func number(_ text: String) -> Double? {
        let allowed = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        guard allowed, text.utf8.count <= 40, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func binary(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
