extension Schema {
    /// Every leaf with its path, in order: what a policy must name.
    public var leaves: [(path: FieldPath, field: Field)] {
        fields.flatMap { $0.leaves(at: FieldPath($0.name)) }
    }
}

extension Field {
    /// The leaves below (or the field itself), with their paths from `path` on.
    func leaves(at path: FieldPath) -> [(path: FieldPath, field: Field)] {
        stepsBelow.map { steps in
            steps.flatMap { step, child in child.leaves(at: step.reduce(path) { $0.appending($1) }) }
        } ?? [(path, self)]
    }

    /// The children with the steps that lead to them; nil for a leaf. A map's entries struct has no step of its own.
    private var stepsBelow: [([FieldPath.Step], Field)]? {
        switch type {
        case .structure: children.map { ([.field($0.name)], $0) }
        case .list, .largeList, .fixedList: children.prefix(1).map { ([.elements], $0) }
        case .map:
            zip([FieldPath.Step.keys, .values], children.first?.children ?? []).map { ([$0], $1) }
        default: nil
        }
    }
}
