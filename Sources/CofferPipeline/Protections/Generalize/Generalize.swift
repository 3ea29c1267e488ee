import CofferCrypto

extension Generalization {
    /// The field that the destination gets.
    func output(of field: Field) -> Field {
        let kept = field.valueField
        let text = Field(field.name, kept.type == .largeUtf8 ? .largeUtf8 : .utf8)
        switch form {
        case .numbers(let rule):
            switch rule.shape {
            case .bucket, .ranges: return text
            case .round, .same: return kept
            }
        case .period(_, let asText): return asText ? text : kept
        case .shift: return kept
        case .prefix, .network, .categories, .all: return text
        }
    }

    /// Refuses types that it can't take, with a way out.
    func check(_ field: Field, _ path: FieldPath) throws(PipelineError) {
        let type = field.valueType
        if type == .null || form == .all { return }
        func refuse(_ what: String, _ hint: String) -> PipelineError {
            PipelineError(.policy, "column \(path): \(what)", hint: hint)
        }
        switch form {
        case .numbers(let rule):
            guard let kind = NumberKind(field) else {
                throw refuse(
                    "values of its type are no numbers that could be generalized",
                    type.isDate ? "use { generalize: { to: year } } for dates" : "cast it in a query:, or use groups:")
            }
            if case .scaled(_, _, let scale) = kind, scale < rule.scale {
                throw refuse(
                    "the numbers of its generalization are finer than its type",
                    "give them at most \(scale) digits after the point")
            }
        case .period, .shift:
            guard type.isDate || type.isText else {
                throw refuse(
                    "values of its type are no dates", "use bucket: or ranges: for numbers, or cast it in a query:")
            }
        case .prefix, .network:
            guard type.isText else {
                throw refuse(
                    "only texts have a first part", "read it as text (types: { \(path): varchar }), or use bucket:")
            }
        case .categories:
            guard CanonicalText(field) != nil, BoundClass(field) != .binary else {
                throw refuse("values of its type have no exact text to look up", "use ranges: for numbers")
            }
        case .all: break
        }
    }

    /// What does it to a planned leaf; `key` is that of the domain of shifts.
    func protection(_ leaf: PlannedLeaf, output: Field, key: HMAC?, schema: Schema) -> any Protection {
        if form == .all { return GeneralizeAll(output: output) }
        if leaf.field.valueType == .null { return GeneralizeNull(output: output) }
        let misfits = Misfits(path: leaf.path, areNull: nullsMisfits)
        switch form {
        case .numbers(let rule):
            guard let kind = NumberKind(leaf.field) else { preconditionFailure("the plan checked the type") }
            let numbers = NumberGeneralizer(rule, scale: kind.scale ?? rule.scale + 1)
            let names = RangeNames(numbers)
            switch kind {
            case .scaled(let width, let isSigned, _):
                return GeneralizeNumbers(
                    output: output, width: width, isSigned: isSigned, numbers: numbers, names: names, misfits: misfits)
            case .floating(let isSingle):
                let doubles = DoubleGeneralizer(rule)
                return GeneralizeDoubles(
                    output: output, isSingle: isSingle, numbers: doubles, names: RangeNames(doubles.exact),
                    misfits: misfits)
            case .text: return GeneralizeNumberTexts(output: output, numbers: numbers, names: names, misfits: misfits)
            }
        case .period(let period, let asText):
            if leaf.field.valueType.isText {
                return GeneralizeDateTexts(output: output, period: period, misfits: misfits)
            }
            return GeneralizeDates(
                output: output, type: leaf.field.valueType, period: period, asText: asText, misfits: misfits)
        case .shift(let days, let subject, _):
            guard let key, let at = schema.index(of: subject), let canonical = CanonicalText(schema.fields[at]) else {
                preconditionFailure("the plan found the subject")
            }
            return ShiftDates(
                output: output, type: leaf.field.valueType, days: days, key: key, subject: at, canonical: canonical,
                misfits: misfits)
        case .prefix(let count): return GeneralizePrefix(output: output, count: count, misfits: misfits)
        case .network(let v4, let v6): return GeneralizeNetwork(output: output, v4: v4, v6: v6, misfits: misfits)
        case .categories(let categories):
            guard let canonical = CanonicalText(leaf.field) else { preconditionFailure("the plan checked the type") }
            return GeneralizeCategories(
                output: output, canonical: canonical, table: ByteTable(categories), misfits: misfits)
        case .all: preconditionFailure("made above")
        }
    }
}

/// Nothing but nulls.
private struct GeneralizeNull: Protection {
    let output: Field
    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        try output.nulls(column.length)
    }
}

/// `*` for everything, nulls as well: nobody can be told from anybody by it.
private struct GeneralizeAll: Protection {
    let output: Field
    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        var builder = try VariableBuilder(field: output, rows: column.length, byteCapacity: column.length)
        for _ in 0..<column.length { builder.append("*") }
        return try builder.finish()
    }
}

extension ArrowType {
    /// Whether values are days or instants.
    var isDate: Bool {
        switch self {
        case .date32, .date64, .timestamp: true
        default: false
        }
    }
}

/// How a column holds numbers.
enum NumberKind {
    /// Whole multiples of 10^-scale in bytes.
    case scaled(width: Int, isSigned: Bool, scale: Int)
    case floating(isSingle: Bool)
    case text

    init?(_ field: Field) {
        switch field.valueType {
        case .float32: self = .floating(isSingle: true)
        case .float64: self = .floating(isSingle: false)
        case .decimal(_, let scale, let bits):
            guard bits <= 128, (0...18).contains(scale) else { return nil }
            self = .scaled(width: bits / 8, isSigned: true, scale: scale)
        default:
            guard let canonical = CanonicalText(field) else { return nil }
            switch canonical.kind {
            case .integer(let width, let isSigned): self = .scaled(width: width, isSigned: isSigned, scale: 0)
            case .bytes where field.valueType.isText: self = .text
            default: return nil
            }
        }
    }

    var scale: Int? { if case .scaled(_, _, let scale) = self { scale } else { nil } }
}

extension VariableBuilder {
    /// A value of few bytes, as it was made.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }
}
