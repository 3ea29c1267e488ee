import Coffer

/// A policy met by the columns of a source: what becomes of every leaf. Pure; made before anything is read or written.
package struct FieldPlan: Sendable {
    /// The source's columns.
    package let schema: Schema
    /// The destination's columns.
    package let outputSchema: Schema
    /// The logical name of the data, bound into every key.
    package let dataset: String
    /// Every leaf, in the source's order.
    let leaves: [PlannedLeaf]
    /// The leaves that change, and whole nested columns that are dropped: what a batch is rewritten by.
    let changed: [PlannedLeaf]

    /// Resolves `policy` for `schema`, or says which column stands in the way.
    ///
    /// `primaryKey` is what rows are merged by; empty for other writes.
    package init(
        _ policy: FieldPolicy, schema: Schema, dataset: String, cells: CellForm, primaryKey: [String] = []
    ) throws(PipelineError) {
        guard CatalogueLimits.isDataset(dataset) else {
            throw PipelineError(
                .policy, "a dataset's name has 1 to \(CatalogueLimits.name) bytes and no control characters",
                hint: "set dataset:")
        }
        self.schema = schema
        self.dataset = dataset
        let resolver = PolicyResolver(policy: policy, schema: schema, cells: cells, primaryKey: primaryKey)
        leaves = try resolver.resolve()
        changed = leaves.filter { $0.action != .keep }
        let paths = changed.map(\.path)
        outputSchema = try schema.replacing(paths, with: changed.map(\.output))
        guard !outputSchema.fields.isEmpty else {
            throw PipelineError(.policy, "the policy drops every column", hint: "keep or protect at least one")
        }
    }

    /// Whether anything needs a key.
    package var needsKeys: Bool {
        leaves.contains { leaf in
            switch leaf.action {
            case .randomized, .deterministic, .hash, .preserveFormat, .tokenized: true
            case .generalize(_, let shift): shift != nil
            default: false
            }
        }
    }
}

extension FieldPlan {
    /// Whether anything needs a token vault.
    package var needsVault: Bool {
        leaves.contains { if case .tokenized = $0.action { true } else { false } }
    }
}

extension Schema {
    /// The schema with the leaves at `paths` replaced, or dropped where the replacement is nil; a struct that loses all
    /// its fields and a list that loses its element go with them.
    func replacing(_ paths: [FieldPath], with leaves: [Field?]) throws(PipelineError) -> Schema {
        var fields: [Field] = []
        for field in self.fields {
            if let replaced = try field.replacing(at: FieldPath(field.name), paths, leaves) { fields.append(replaced) }
        }
        return Schema(fields, metadata: metadata)
    }
}

extension Field {
    fileprivate func replacing(
        at path: FieldPath, _ paths: [FieldPath], _ leaves: [Field?]
    ) throws(PipelineError) -> Field? {
        if let at = paths.firstIndex(of: path) { return leaves[at] }
        guard type.isNested else { return self }
        if case .map = type {
            guard let entries = children.first else { return self }
            var kept: [Field] = []
            for (step, child) in zip([FieldPath.Step.keys, .values], entries.children) {
                if let replaced = try child.replacing(at: path.appending(step), paths, leaves) { kept.append(replaced) }
            }
            guard kept.count == entries.children.count else {
                throw PipelineError(
                    .policy, "column \(path): keys or values of a map can't be dropped alone",
                    hint: "redact them, or drop \(path)")
            }
            return with(children: [entries.with(children: kept)])
        }
        var kept: [Field] = []
        for child in children {
            let step: FieldPath.Step = type == .structure ? .field(child.name) : .elements
            if let replaced = try child.replacing(at: path.appending(step), paths, leaves) { kept.append(replaced) }
        }
        return kept.isEmpty ? nil : with(children: kept)
    }
}
