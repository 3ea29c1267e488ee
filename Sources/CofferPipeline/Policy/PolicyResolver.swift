import Coffer

/// Finds the rule of every leaf and refuses what can't be done, by column and with a way out.
struct PolicyResolver {
    private let policy: FieldPolicy
    private let schema: Schema
    private let cells: CellForm
    private let primaryKey: [String]
    private let rules: [FieldPath: FieldPolicy.Rule]

    init(policy: FieldPolicy, schema: Schema, cells: CellForm, primaryKey: [String]) {
        self.policy = policy
        self.schema = schema
        self.cells = cells
        self.primaryKey = primaryKey
        rules = Dictionary(policy.rules.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func resolve() throws(PipelineError) -> [PlannedLeaf] {
        var names: Set<String> = []
        for field in schema.fields where !names.insert(field.name).inserted {
            throw PipelineError(
                .policy, "the source has two columns called \(field.name)", hint: "rename one of them in a query:")
        }
        let paths = Set(schema.fields.flatMap { $0.nodes(at: FieldPath($0.name)) })
        if let strange = policy.rules.first(where: { !paths.contains($0.path) }) { throw unknown(strange) }
        var leaves: [PlannedLeaf] = []
        for field in schema.fields { try resolve(field, at: FieldPath(field.name), into: &leaves) }
        try checkPrimaryKey(leaves)
        return leaves
    }

    /// Finds the leaves of a column; a whole nested one may only be dropped.
    private func resolve(
        _ field: Field, at path: FieldPath, into leaves: inout [PlannedLeaf]
    ) throws(PipelineError) {
        let below = field.childrenByStep
        if below == nil { return leaves.append(try leaf(field, at: path)) }
        if let rule = rules[path] {
            guard rule.protection == .drop else { throw whole(field, path, rule) }
            if let inner = policy.rules.first(where: { $0.path != path && $0.path.isBelow(path) }) {
                throw PipelineError(
                    .policy,
                    "column \(inner.path) has two rules: line \(rule.line) drops \(path), line \(inner.line) "
                        + "names a part of it", hint: "leave one of them")
            }
            leaves.append(PlannedLeaf(path: path, field: field, action: .drop, output: nil, isUnlisted: false))
            return
        }
        let children = below ?? []
        if children.isEmpty, !policy.keepsUnlisted { throw unlisted(path) }
        for (step, child) in children { try resolve(child, at: path.appending(step), into: &leaves) }
    }

    private func leaf(_ field: Field, at path: FieldPath) throws(PipelineError) -> PlannedLeaf {
        guard let rule = rules[path] else {
            guard policy.keepsUnlisted else { throw unlisted(path) }
            return PlannedLeaf(path: path, field: field, action: .keep, output: field, isUnlisted: true)
        }
        let action = try action(rule.protection, field, path)
        try LeafRules.check(action, field, path)
        let isText = cells == .text || cells == .binaryTextNested && !path.steps.isEmpty
        return PlannedLeaf(
            path: path, field: field, action: action, output: action.output(of: field, isText: isText),
            isUnlisted: false)
    }

    private func action(
        _ rule: ProtectionRule, _ field: Field, _ path: FieldPath
    ) throws(PipelineError) -> PlannedLeaf.Action {
        switch rule {
        case .keep: return .keep
        case .drop: return .drop
        case .mask(let mask): return .mask(mask)
        case .redact(let constant): return .redact(constant)
        case .hash(let domain):
            return .hash(domain: domain.name ?? path.description, macKey: domain.macKey ?? policy.macKey)
        case .preserveFormat(let options):
            return .preserveFormat(
                PlannedLeaf.PreservedFormat(
                    format: options.format, domain: self.domain(options.domain, or: path),
                    onMisfit: options.onMisfit, allowsSmallDomain: options.allowsSmallDomain))
        case .generalize(let generalization):
            guard case .shift(_, let subject, let domain) = generalization.form else {
                return .generalize(generalization, shift: nil)
            }
            try checkSubject(subject, path)
            return .generalize(generalization, shift: self.domain(domain, or: FieldPath(subject)))
        case .encryptDeterministic(let domain):
            return .deterministic(domain: domain.name ?? path.description, macKey: domain.macKey ?? policy.macKey)
        case .tokenize(let options):
            guard let key = options.key ?? policy.key.shared else {
                throw PipelineError(
                    .policy, "column \(path): a vault has no keys for each tenant",
                    hint: "name one key for its tokens: { tokenize: { key: alias/default } }")
            }
            return .tokenized(
                PlannedLeaf.Tokens(
                    domain: domain(options.domain, or: path), key: key, format: options.format,
                    isSingleUse: options.isSingleUse, timeToLive: options.timeToLive))
        case .encrypt(let options):
            let key = options.key ?? policy.key
            try checkTenant(key, path)
            var bind: [Catalogue.Bound] = []
            for name in options.bind { bind.append(try bound(name, for: path)) }
            return .randomized(key: key, suite: options.suite, bind: bind)
        }
    }

    private func domain(_ written: ProtectionRule.Domain, or path: FieldPath) -> PlannedLeaf.Domain {
        PlannedLeaf.Domain(name: written.name ?? path.description, macKey: written.macKey ?? policy.macKey)
    }

    /// The column that names a subject is there and has a text.
    private func checkSubject(_ name: String, _ path: FieldPath) throws(PipelineError) {
        guard let at = schema.index(of: name) else {
            throw PipelineError(
                .policy, "column \(path) can't be shifted by \(name): the source has no such column",
                hint: schema.columnsHint)
        }
        guard CanonicalText(schema.fields[at]) != nil else {
            throw PipelineError(
                .policy, "column \(path) can't be shifted by \(name), whose type has no exact text",
                hint: "name an integer or text that tells subjects apart")
        }
    }

    /// A bound column is there, kept, and of a type with a text form; under merge rows are found by it.
    private func bound(_ name: String, for path: FieldPath) throws(PipelineError) -> Catalogue.Bound {
        let subject = "column \(path) can't be bound to \(name)"
        guard let at = schema.index(of: name) else {
            throw PipelineError(.policy, "\(subject): the source has no such column", hint: schema.columnsHint)
        }
        let isKept = rules[FieldPath(name)].map { $0.protection == .keep } ?? policy.keepsUnlisted
        guard isKept else {
            throw PipelineError(
                .policy, "\(subject): it is not kept as it is", hint: "bind to a column with the rule keep")
        }
        guard let type = BoundClass(schema.fields[at]) else {
            throw PipelineError(
                .policy, "\(subject): its type has no exact text", hint: "bind to an integer, text, date or the like")
        }
        if !primaryKey.isEmpty, !primaryKey.contains(name) {
            throw PipelineError(
                .policy, "\(subject): under merge it has to be part of the primary key",
                hint: "bind to \(primaryKey.joined(separator: ", ")), or add it to primary_key")
        }
        return Catalogue.Bound(name: name, type: type)
    }

    private func checkTenant(_ key: KeyTemplate, _ path: FieldPath) throws(PipelineError) {
        guard let name = key.column else { return }
        guard let at = schema.index(of: name) else {
            throw PipelineError(
                .policy, "column \(path): its key is named by {\(name)}, which the source does not have",
                hint: schema.columnsHint)
        }
        guard BoundClass(schema.fields[at]) != nil else {
            throw PipelineError(
                .policy, "column \(path): its key can't be named by {\(name)}, whose type has no exact text",
                hint: "cast it to text in a query:")
        }
    }

    private func checkPrimaryKey(_ leaves: [PlannedLeaf]) throws(PipelineError) {
        for name in primaryKey {
            guard let leaf = leaves.first(where: { $0.path == FieldPath(name) }) else {
                throw PipelineError(
                    .policy, "the primary key names \(name), which is no column of the source", hint: schema.columnsHint
                )
            }
            switch leaf.action {
            case .keep, .deterministic, .hash: continue
            case .preserveFormat(let kept) where kept.onMisfit != .null: continue
            case .tokenized(let tokens) where !tokens.isSingleUse && tokens.timeToLive == nil: continue
            default:
                throw PipelineError(
                    .policy, "column \(name) is part of the primary key and has to stay equal for equal values",
                    hint: "give it keep, hash, preserve_format, tokenize or { encrypt: { deterministic: true } }")
            }
        }
    }
}

extension PolicyResolver {
    private func unlisted(_ path: FieldPath) -> PipelineError {
        PipelineError(
            .policy, "the policy does not name column \(path)",
            hint: "add “\(path): keep” (or drop, encrypt, mask, hash, redact, …) under fields:, or set unlisted: keep")
    }

    private func whole(_ field: Field, _ path: FieldPath, _ rule: FieldPolicy.Rule) -> PipelineError {
        let leaves = field.leaves(at: path).prefix(20).map { "\"\($0.path)\"" }.joined(separator: ", ")
        return PipelineError(
            .policy,
            "line \(rule.line): column \(path) is nested and can't be given \(rule.protection.name) as a whole",
            hint: leaves.isEmpty ? "drop it" : "name its leaves: \(leaves); or drop it")
    }

    private func unknown(_ rule: FieldPolicy.Rule) -> PipelineError {
        PipelineError(
            .policy, "line \(rule.line): the source has no column \(rule.path)",
            hint: Suggestion.nearest(to: rule.path.description, among: schema.leaves.map(\.path.description))
                .map { "did you mean \($0)?" } ?? schema.columnsHint)
    }
}

extension Schema {
    /// The leaves, for a hint.
    var columnsHint: String {
        let all = leaves.map(\.path.description)
        return "it has \(all.prefix(20).joined(separator: ", "))"
            + (all.count > 20 ? " and \(all.count - 20) more" : "")
    }
}

extension FieldPath {
    /// Whether it leads to a part of what `other` leads to.
    func isBelow(_ other: FieldPath) -> Bool { column == other.column && steps.starts(with: other.steps) }
}

extension Field {
    /// The paths of the field and of everything below it.
    fileprivate func nodes(at path: FieldPath) -> [FieldPath] {
        [path] + (childrenByStep ?? []).flatMap { step, child in child.nodes(at: path.appending(step)) }
    }

    /// The children with the steps that lead to them; nil for a leaf.
    fileprivate var childrenByStep: [(FieldPath.Step, Field)]? {
        switch type {
        case .structure: children.map { (.field($0.name), $0) }
        case .list, .largeList, .fixedList: children.prefix(1).map { (.elements, $0) }
        case .map: Array(zip([FieldPath.Step.keys, .values], children.first?.children ?? []))
        default: nil
        }
    }
}
