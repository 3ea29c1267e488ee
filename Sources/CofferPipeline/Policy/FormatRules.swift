import Coffer

extension ProtectionRule.Format {
    static let keys = ["alphabet", "kind", "min", "max", "domain", "mac_key", "on_misfit", "allow_small_domain"]

    init(_ section: Section) throws(ConfigurationError) {
        allowsSmallDomain = try section.boolean("allow_small_domain") ?? false
        format = try Self.format(section, allowsSmall: allowsSmallDomain)
        domain = try ProtectionRule.domain(section)
        onMisfit = try section.misfit(of: ProtectionRule.Misfit.allCases)
    }

    private static func format(_ section: Section, allowsSmall: Bool) throws(ConfigurationError) -> ValueFormat {
        let (written, kind) = (try section.text("alphabet"), try section.choice("kind", of: ValueFormat.kinds))
        guard (written == nil) != (kind == nil) else {
            throw ConfigurationError(
                "\(section.name) says either an alphabet or a kind", line: section.line,
                hint: "write { alphabet: digits }, { alphabet: \"0123456789ABCDEF\" } or { kind: card }; kinds are "
                    + ValueFormat.kinds.joined(separator: ", "))
        }
        for option in ["min", "max"] where kind != "integer" {
            guard let node = section[option] else { continue }
            throw ConfigurationError("\(section.path(option)) is for kind: integer", line: node.line)
        }
        if let written {
            let characters = ValueFormat.alphabet(named: written) ?? Array(written.unicodeScalars)
            guard ValueFormat.isAlphabet(characters) else {
                throw ConfigurationError(
                    "\(section.path("alphabet")) has 2 to 65536 characters, each once, and no tilde",
                    line: section.line,
                    hint: "write digits, letters, alphanumeric, or the characters themselves")
            }
            return .alphabet(characters)
        }
        switch kind {
        case "card": return .card
        case "ssn": return .ssn
        case "phone": return .phone
        case "email": return .email
        default: return try integer(section, allowsSmall: allowsSmall)
        }
    }

    private static func integer(_ section: Section, allowsSmall: Bool) throws(ConfigurationError) -> ValueFormat {
        let from = try section.required("min").integer(section.path("min"), in: Int.min...Int.max)
        let to = try section.required("max").integer(section.path("max"), in: Int.min...Int.max)
        guard from < to, let domain = IntegerDomain(from...to) else {
            throw ConfigurationError(
                "\(section.name) needs a range of at least 100 numbers", line: section.line,
                hint: "so few values are guessed at once; generalize, encrypt or drop the column")
        }
        guard domain.isLarge || allowsSmall else {
            throw ConfigurationError(
                "\(section.name) has a range of under a million numbers, which can be tried out", line: section.line,
                hint: "widen min and max, use encrypt, or say allow_small_domain: true")
        }
        return .integer(from...to)
    }
}

extension Section {
    /// What `on_misfit` says; refuse where it says nothing. YAML's null is the word.
    func misfit(of choices: [ProtectionRule.Misfit]) throws(ConfigurationError) -> ProtectionRule.Misfit {
        guard let node = self["on_misfit"] else { return .refuse }
        if node.isNull { return .null }
        let word = try node.choice(path("on_misfit"), of: choices.map(\.rawValue))
        return ProtectionRule.Misfit(rawValue: word) ?? .refuse
    }
}

extension ValueFormat {
    /// The field that the destination gets: integers stay what they are, all else is text.
    func output(of field: Field) -> Field {
        if case .integer = self, CanonicalText(field)?.isInteger ?? false { return field.valueField }
        if field.valueType == .null { return field }
        return Field(field.name, field.valueType == .largeUtf8 ? .largeUtf8 : .utf8)
    }

    /// Refuses types whose values have no such format.
    func check(_ field: Field, _ path: FieldPath, onMisfit: ProtectionRule.Misfit) throws(PipelineError) {
        try LeafRules.checkJSON(field, path, "preserve_format")
        func refuse(_ what: String, _ hint: String) -> PipelineError {
            PipelineError(.policy, "column \(path): \(what)", hint: hint)
        }
        guard let canonical = CanonicalText(field), BoundClass(field) != .binary else {
            throw refuse(
                "values of its type have no format that could be kept", "encrypt it, or cast it to text in a query:")
        }
        switch canonical.kind {
        case .bytes, .uuid, .null: break
        case .decimal:
            guard case .alphabet = self else {
                throw refuse("decimals are no \(summary)", "cast it to bigint or text in a query:")
            }
        case .integer(let width, let isSigned):
            guard case .integer(let range) = self else { break }
            let bits = isSigned ? width * 8 - 1 : width * 8
            let highest = bits >= 63 ? Int.max : (1 << bits) - 1
            let lowest = isSigned ? -highest - 1 : 0
            guard range.lowerBound >= lowest, range.upperBound <= highest else {
                throw refuse("the range from min to max is beyond its type", "it takes \(lowest) to \(highest)")
            }
            guard onMisfit != .encrypt else {
                throw refuse(
                    "a column of numbers can't hold what on_misfit: encrypt makes",
                    "use on_misfit: refuse or null, or cast it to text in a query:")
            }
        case .days, .milliseconds, .timestamp, .time:
            throw refuse(
                "there are too few days for format-preserving encryption",
                "use { generalize: { shift: { days: 30, by: … } } }, or encrypt")
        case .boolean: throw refuse("true and false have no format to keep", "encrypt it")
        }
    }
}

extension CanonicalText {
    var isInteger: Bool { if case .integer = kind { true } else { false } }
}
