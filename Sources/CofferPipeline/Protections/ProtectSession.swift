import Coffer
import CofferCrypto
import Synchronization

/// How a run meets the catalogue that is there.
package enum CatalogueMode: Sendable {
    /// The table is written anew, and so is its catalogue.
    case replace
    /// Rows are added or merged: the catalogue is, too, and what it pins must be the same.
    case extend
}

/// A run's keys in use: protects batch after batch, from any thread, and knows the catalogue at the end.
package final class ProtectSession: Sendable {
    private let plan: FieldPlan
    private let existing: Catalogue?
    private let keys: any KeyManagementService
    private let ledger: KeyLedger
    private let domains: [Catalogue.Domain]
    private let tenants: [Int: Tenants]
    private let protections: [any Protection]
    private let tokens: TokenColumns?
    /// Keys of batches that are prepared and not yet protected.
    private let prepared = Mutex<[ObjectIdentifier: [Int: Tenants.Resolved]]>([:])
    private let id: String

    init(
        _ plan: FieldPlan, existing: Catalogue?, keys: any KeyManagementService, ledger: KeyLedger,
        domains: [Catalogue.Domain], tenants: [Int: Tenants], protections: [any Protection],
        tokens: TokenColumns?
    ) {
        self.plan = plan
        self.existing = existing
        self.keys = keys
        self.ledger = ledger
        self.domains = domains
        self.tenants = tenants
        self.protections = protections
        self.tokens = tokens
        id = existing?.id ?? Base64URL.encode(ledger.randomness.bytes(16))
    }

    /// The catalogue's id, known from the start: files note it before their first row.
    package var catalogueID: String { id }

    /// Whether `batch` needs keys that are not at hand. Where not, those it needs are held until it is protected.
    package func needsPreparation(_ batch: RecordBatch, firstRow: Int) throws -> Bool {
        if tenants.isEmpty { return false }
        var resolved: [Int: Tenants.Resolved] = [:]
        for (group, tenants) in tenants {
            let (names, rows) = try tenants.names(in: batch, firstRow: firstRow)
            guard let keys = tenants.resolve(names, rows: rows) else { return true }
            resolved[group] = keys
        }
        prepared.withLock { $0[ObjectIdentifier(batch)] = resolved }
        return false
    }

    /// Gets the keys of tenants not seen before, and holds those of `batch` until it is protected.
    package func prepare(_ batch: RecordBatch, firstRow: Int) async throws {
        var resolved: [Int: Tenants.Resolved] = [:]
        for (group, tenants) in tenants {
            let (names, rows) = try tenants.names(in: batch, firstRow: firstRow)
            resolved[group] = try await tenants.open(names, rows: rows, keys: keys)
        }
        prepared.withLock { [resolved] in $0[ObjectIdentifier(batch)] = resolved }
    }

    /// `stream` with tokens for its batches, which are asked for in groups; the same where the plan has none.
    func preparing(_ stream: any BatchStream) -> any BatchStream {
        guard let tokens else { return stream }
        return ReadAhead(stream) { try tokens.prepare($0) }
    }

    /// Gets the tokens of batches. Blocks; where the plan has tokens, each batch goes through here once.
    package func prepareTokens(_ batches: [(batch: RecordBatch, firstRow: Int)]) throws {
        try tokens?.prepare(batches)
    }

    /// Returns once all tokens that were handed out are on the disk of their vault: before the rows with them are.
    package func commitTokens() throws { try tokens?.vault.sync() }

    /// The protected batch. `firstRow` is the number of rows before it, for errors.
    ///
    /// Where the plan has tenants, ``needsPreparation(_:firstRow:)`` or ``prepare(_:firstRow:)`` comes first.
    package func protect(_ batch: RecordBatch, firstRow: Int) throws -> RecordBatch {
        let resolved = tenants.isEmpty ? [:] : prepared.withLock { $0.removeValue(forKey: ObjectIdentifier(batch)) }
        guard let resolved else { preconditionFailure("a batch is prepared before it is protected") }
        let context = ProtectedBatch(
            batch: batch, firstRow: firstRow, tenants: resolved, tokens: tokens?.take(batch) ?? [:])
        return try batch.replacing(plan.changed.map(\.path), schema: plan.outputSchema) { position, column, rows in
            try protections[position].protect(column, rows: rows, in: context)
        }
    }

    /// The catalogue of everything protected so far, together with what was there when the run began.
    package func catalogue() -> Catalogue { merged(into: existing) }

    /// The same together with `current`, to which another run may have added since this one began: both must still agree.
    package func catalogue(onto current: Catalogue) throws -> Catalogue {
        try plan.checkColumns(current)
        for domain in domains {
            let other = current.domains.first { $0.name == domain.name && $0.purpose == domain.purpose }
            guard other == nil || other == domain else {
                throw PipelineError(
                    .policy, "another run has written domain \(domain.name) under another MAC key meanwhile",
                    hint: "use the same mac_key in both")
            }
        }
        try Self.check(vault: tokens?.vault, current)
        return merged(into: current)
    }

    /// Tokens of one table are in one vault.
    static func check(vault: (any TokenVault)?, _ catalogue: Catalogue) throws(PipelineError) {
        guard let vault, let other = catalogue.vault, other != vault.id else { return }
        throw PipelineError(
            .vault, "the tokens of the rows that are there are not in the vault \(vault.location) but in another one",
            hint: "name that one as vault:, or write the table anew with write: replace")
    }

    private func merged(into existing: Catalogue?) -> Catalogue {
        let added = ledger.added
        let columns = plan.changed.compactMap { leaf in
            leaf.recorded.map {
                Catalogue.Column(
                    path: leaf.path, protection: $0, field: leaf.field.valueField.named(leaf.path.leafName))
            }
        }
        guard let existing else {
            return Catalogue(
                id: id, dataset: plan.dataset, keys: added.keys, segments: added.segments, domains: domains,
                columns: columns, vault: tokens?.vault.id)
        }
        var merged = existing
        merged.vault = merged.vault ?? tokens?.vault.id
        merged.keys += added.keys
        merged.segments += added.segments
        merged.domains += domains.filter { new in
            !existing.domains.contains { $0.name == new.name && $0.purpose == new.purpose }
        }
        merged.columns += columns.filter { new in !existing.columns.contains { $0.path == new.path } }
        return merged
    }
}

extension Field {
    /// The same field under another name.
    func named(_ name: String) -> Field {
        Field(
            name, type, isNullable: isNullable, metadata: metadata, children: children, dictionary: dictionary.first,
            isDictionaryOrdered: isDictionaryOrdered)
    }
}
