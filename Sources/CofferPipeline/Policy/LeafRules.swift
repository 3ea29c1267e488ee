/// Which protections a type takes.
enum LeafRules {
    static func check(_ action: PlannedLeaf.Action, _ field: Field, _ path: FieldPath) throws(PipelineError) {
        switch action {
        case .drop: return
        case .keep: try checkJSON(field, path, "keep")
        case .randomized: try checkReadable(field, path, "encrypted")
        case .deterministic:
            try checkReadable(field, path, "encrypted")
            try checkText(field, path, "encrypted deterministically")
        case .tokenized:
            try checkReadable(field, path, "tokenized")
            try checkText(field, path, "tokenized")
        case .hash:
            try checkJSON(field, path, "hash")
            try checkText(field, path, "hashed")
        case .mask:
            try checkJSON(field, path, "mask")
            try checkText(field, path, "masked")
            guard field.valueType.isText || BoundClass(field) != .binary else {
                throw PipelineError(
                    .policy, "column \(path): bytes can't be masked", hint: "encrypt, hash or redact it")
            }
        case .preserveFormat(let kept): try kept.format.check(field, path, onMisfit: kept.onMisfit)
        case .generalize(let generalization, _):
            try checkJSON(field, path, "generalize")
            try generalization.check(field, path)
        case .redact:
            guard field.isProtectable else {
                throw PipelineError(.policy, "column \(path): its type can't be redacted", hint: "drop it")
            }
        }
    }

    static func checkJSON(_ field: Field, _ path: FieldPath, _ word: String) throws(PipelineError) {
        guard field.isOpaqueJSON else { return }
        throw PipelineError(
            .policy, "column \(path) is JSON, in which anything may hide: it can't be given \(word) as a whole",
            hint: "encrypt, redact or drop it; or turn its parts into columns with a query: and name those")
    }

    private static func checkReadable(_ field: Field, _ path: FieldPath, _ verb: String) throws(PipelineError) {
        guard !field.isProtectable else { return }
        throw PipelineError(
            .policy, "column \(path): values of its type can't be \(verb)",
            hint: "cast it to text or a plain type in a query:, or drop it")
    }

    private static func checkText(_ field: Field, _ path: FieldPath, _ verb: String) throws(PipelineError) {
        guard CanonicalText(field) == nil else { return }
        throw PipelineError(
            .policy, "column \(path): values of its type have no exact text and can't be \(verb)",
            hint: "cast it to decimal or text in a query:, or encrypt it without deterministic")
    }
}
