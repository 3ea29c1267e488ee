/// A protection for a column, as a pipeline file writes it, and why.
package struct SuggestedProtection: Sendable, Equatable {
    /// The protection in YAML: `keep`, `{ encrypt: { deterministic: true, domain: email } }`.
    package let protection: String
    /// A type that the column needs for it, in a source without types.
    package let type: String?

    /// What fits what was found. `documents` are the paths of a column of JSON texts.
    init(_ column: ClassifiedColumn, documents: [ClassifiedColumn], isDate: Bool) {
        let field = column.field
        let best = column.classifications.first { $0.isSensitive }
        let protects = best != nil || documents.contains(where: \.isSensitive) || field.isOpaqueJSON
        guard protects else {
            (protection, type) = ("keep", nil)
            return
        }
        guard field.isProtectable else {
            (protection, type) = ("drop", nil)
            return
        }
        guard let best, !best.isWithin, !field.isOpaqueJSON, documents.isEmpty else {
            (protection, type) = ("encrypt", nil)
            return
        }
        let chosen = Self.choose(best, column, field, isDate: isDate)
        protection = chosen
        type = chosen == Self.year && field.valueType.isText ? "date" : nil
    }

    private static let year = "{ generalize: { to: year } }"

    private static func choose(
        _ best: Classification, _ column: ClassifiedColumn, _ field: Field, isDate: Bool
    ) -> String {
        let hasText = CanonicalText(field) != nil
        let isText = field.valueType.isText
        let isAll = best.matches == column.values && best.matches > 0
        func joinable(_ domain: String) -> String {
            hasText ? "{ encrypt: { deterministic: true, domain: \(domain) } }" : "encrypt"
        }
        switch Entity(kind: best.kind) {
        case .card where isText && isAll: return "{ preserve_format: { kind: card, on_misfit: encrypt } }"
        case .ip where isText && isAll: return "{ generalize: { ip: { v4: 24, v6: 48 } } }"
        case .birthDate where isDate || field.isDay: return year
        case .mac where hasText: return "{ hash: { domain: mac } }"
        case .secret: return column.path.steps.isEmpty ? "drop" : "redact"
        case .email, .phone, .iban, .card: return joinable(best.entity)
        case let entity? where entity.isNationalID: return joinable(best.entity)
        default: return "encrypt"
        }
    }
}

extension Field {
    /// Whether values are days or instants.
    fileprivate var isDay: Bool {
        switch valueType {
        case .date32, .date64, .timestamp: true
        default: false
        }
    }
}
