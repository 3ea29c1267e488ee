/// A column in which something sensitive was found, and which a policy protects too little.
package struct PolicyGap: Sendable {
    /// The column.
    package let column: ClassifiedColumn
    /// What was found.
    package let classification: Classification
    /// What the policy does with it.
    package let protection: String
    /// What is wrong with that.
    package let problem: String
}

extension FieldPolicy {
    /// Where the policy keeps in the clear, or makes too little coarser, what was found.
    package func gaps(in found: ClassifyResult) -> [PolicyGap] {
        found.columns.compactMap { column in
            let rule = rules.last { $0.path.holds(column.path) }
            return column.classifications.lazy.filter(\.isSensitive).compactMap { classification in
                problem(rule?.protection, classification).map {
                    PolicyGap(
                        column: column, classification: classification,
                        protection: rule?.protection.name ?? "unlisted: keep",
                        problem: $0)
                }
            }.first
        }
    }

    /// Nil where nothing is wrong. A column without a rule stops the run, unless those are kept.
    private func problem(_ protection: ProtectionRule?, _ found: Classification) -> String? {
        let isDirect = Entity(kind: found.kind)?.isDirect ?? true
        switch protection {
        case nil: return keepsUnlisted ? "kept in the clear" : nil
        case .keep: return "kept in the clear"
        case .generalize where isDirect || found.isWithin: return "only made coarser"
        case .mask(let mask) where isDirect && mask.keepFirst + mask.keepLast > 6:
            return "masked, but \(mask.keepFirst + mask.keepLast) characters shown"
        case .mask(let mask) where found.isWithin && mask.keepFirst + mask.keepLast > 0:
            return "masked, but a part of the text shown"
        default: return nil
        }
    }
}

extension FieldPath {
    /// Whether `other` is this path, or lies below it.
    fileprivate func holds(_ other: FieldPath) -> Bool {
        column == other.column && other.steps.starts(with: steps)
    }
}
