package import Coffer
package import CofferCrypto

extension FieldPlan {
    /// Gets the keys that all rows share and opens a segment for each: one data key a KEK and cipher, one key a domain.
    ///
    /// On append and merge, `catalogue` is the one beside the data (untrusted): a domain under another MAC key, or a column
    /// protected in another way than before, is refused. A plan with tokens takes `tokens`.
    package func begin(
        keys: any KeyManagementService, catalogue: Catalogue?, mode: CatalogueMode, tokens: TokenRun? = nil,
        randomness: Randomness = .system, tenantCapacity: Int = 10_000, valuesPerSegment: Int = 1 << 32
    ) async throws -> ProtectSession {
        let existing: Catalogue? = if case .extend = mode { catalogue } else { nil }
        if let existing {
            guard existing.dataset == dataset else { throw Catalogue.malformed }
            try checkColumns(existing)
            try ProtectSession.check(vault: tokens?.vault, existing)
        }
        let ledger = KeyLedger(existing, randomness: randomness, valuesPerSegment: valuesPerSegment)
        let (groups, memberships) = keyGroups()
        var sources: [Randomized.KeySource] = []
        var tenants: [Int: Tenants] = [:]
        for (i, group) in groups.enumerated() {
            if let kek = group.template.shared {
                sources.append(.shared(try await ledger.makeDataKey(group, tenant: nil, under: kek, keys: keys)))
            } else if let column = group.template.column.flatMap({ schema.index(of: $0) }) {
                tenants[i] = Tenants(group: group, column: column, ledger: ledger, capacity: tenantCapacity)
                sources.append(.tenants(i))
            }
        }
        var maker = ProtectionMaker(existing: existing, keys: keys, schema: schema)
        var protections: [any Protection] = []
        var writers = TokenWriters(tokens, keys: keys, randomness: randomness)
        for (i, leaf) in changed.enumerated() {
            if case .tokenized(let options) = leaf.action {
                let domain = try await maker.derive(.token, options.domain.name, options.domain.macKey)
                try await writers.add(
                    i, leaf, options, domain, macKey: try await keys.describe(options.domain.macKey).key)
                protections.append(Tokenize(position: i))
            } else if case .randomized(_, _, let bind) = leaf.action, let (group, position) = memberships[i],
                let output = leaf.output, let bound = BoundValues(bind, schema: schema)
            {
                protections.append(
                    Randomized(
                        output: output, path: leaf.path, bound: bound, keys: sources[group], position: position,
                        randomness: randomness))
            } else {
                protections.append(try await maker.make(leaf))
            }
        }
        return ProtectSession(
            self, existing: existing, keys: keys, ledger: ledger, domains: maker.domains, tenants: tenants,
            protections: protections, tokens: writers.columns)
    }

    /// The randomized columns by key and cipher, and for each changed leaf its group and position there.
    private func keyGroups() -> (groups: [KeyGroup], memberships: [Int: (group: Int, position: Int)]) {
        var groups: [KeyGroup] = []
        var memberships: [Int: (group: Int, position: Int)] = [:]
        for (i, leaf) in changed.enumerated() {
            guard case .randomized(let key, let suite, _) = leaf.action else { continue }
            let at = groups.firstIndex { $0.template == key && $0.suite == suite } ?? groups.count
            if at == groups.count {
                groups.append(KeyGroup(template: key, suite: suite, dataset: dataset, columns: []))
            }
            memberships[i] = (at, groups[at].columns.count)
            groups[at].columns.append((leaf.path.description, leaf.field.boundType))
        }
        return (groups, memberships)
    }

    /// Refuses rows that would stand beside others protected in another way.
    func checkColumns(_ existing: Catalogue) throws(PipelineError) {
        let before = Dictionary(existing.columns.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        for leaf in leaves {
            let old = before[leaf.path]
            if case .drop = leaf.action { continue }
            guard let protection = leaf.recorded else {
                if old == nil { continue }
                throw Self.changed(leaf.path, "it was \(old?.protection.name ?? "") before and would now be kept")
            }
            guard let old else { continue }
            if old.protection != protection { throw Self.changed(leaf.path, "it was protected in another way before") }
            if old.boundType != leaf.field.boundType { throw Self.changed(leaf.path, "its type was another before") }
        }
    }

    private static func changed(_ path: FieldPath, _ what: String) -> PipelineError {
        PipelineError(
            .policy, "column \(path) can't be added to the rows that are there: \(what)",
            hint: "write the table anew with write: replace, or keep the old rule")
    }
}

/// Makes the protections that need no data key, and notes the domains they belong to.
private struct ProtectionMaker {
    let existing: Catalogue?
    let keys: any KeyManagementService
    let schema: Schema
    private(set) var domains: [Catalogue.Domain] = []

    init(existing: Catalogue?, keys: any KeyManagementService, schema: Schema) {
        self.existing = existing
        self.keys = keys
        self.schema = schema
    }

    mutating func make(_ leaf: PlannedLeaf) async throws -> any Protection {
        guard let output = leaf.output else { return Drop() }
        if case .redact(let constant) = leaf.action {
            return Redact(output: output, constant: constant.map { Array($0.utf8) })
        }
        if case .generalize(let generalization, let domain) = leaf.action {
            var key: HMAC?
            if let domain { key = HMAC(.sha256, key: try await derive(.shift, domain.name, domain.macKey).key) }
            return generalization.protection(leaf, output: output, key: key, schema: schema)
        }
        guard let canonical = CanonicalText(leaf.field) else { preconditionFailure("the plan checked the type") }
        switch leaf.action {
        case .mask(let rule): return Mask(output: output, rule: rule, canonical: canonical)
        case .hash(let domain, let macKey):
            let derived = try await derive(.hash, domain, macKey)
            return Hash(output: output, canonical: canonical, key: HMAC(.sha256, key: derived.key))
        case .deterministic(let domain, let macKey):
            let derived = try await derive(.deterministic, domain, macKey)
            return Deterministic(
                output: output, canonical: canonical, key: try AESSIV(key: derived.key),
                header: [FieldFormat.deterministic] + derived.check)
        case .preserveFormat(let kept):
            let derived = try await derive(.preserveFormat, kept.domain.name, kept.domain.macKey)
            let cipher = try FormatCipher(
                kept.format, domain: kept.domain.name, key: derived, allowsSmallDomains: kept.allowsSmallDomain)
            return PreserveFormat(
                output: output, path: leaf.path, canonical: canonical, cipher: cipher, onMisfit: kept.onMisfit)
        case .keep, .drop, .randomized, .redact, .generalize, .tokenized: preconditionFailure("made elsewhere")
        }
    }

    /// The domain's key; refused where the catalogue pins another.
    mutating func derive(
        _ purpose: DomainKey.Purpose, _ name: String, _ macKey: KeyID
    ) async throws -> DomainKey.Derived {
        let key = try await keys.describe(macKey).key
        let derived = try await DomainKey.derive(purpose, domain: name, under: macKey, keys: keys)
        let domain = Catalogue.Domain(purpose: purpose, name: name, macKey: key, check: derived.check)
        let same = { (other: Catalogue.Domain) in other.purpose == purpose && other.name == name }
        if let pinned = existing?.domains.first(where: same), pinned != domain {
            throw PipelineError(
                .policy, "domain \(name) was made with another MAC key: new rows would not match the old ones",
                hint: "use that key as mac_key:, or write the table anew with write: replace")
        }
        if let mine = domains.first(where: same) {
            guard mine == domain else {
                throw PipelineError(
                    .policy, "two columns share the domain \(name) under different MAC keys",
                    hint: "give them the same mac_key:, or domains of their own")
            }
        } else {
            domains.append(domain)
        }
        return derived
    }
}
