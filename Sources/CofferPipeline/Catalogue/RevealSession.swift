package import Coffer
import CofferCrypto
import Synchronization

extension RevealPlan {
    /// Gets the keys of domains, and of all segments where they are few.
    ///
    /// A plan with tokens takes the `vault` they are in, and the time that decides which have expired.
    package func begin(
        keys: any KeyManagementService, vault: (any TokenVault)? = nil, now: Int64 = 0, capacity: Int = 10_000
    ) async throws -> RevealSession {
        var domains: [String: AESSIV] = [:]
        for leaf in leaves {
            guard case .deterministic(let name) = leaf.column.protection, domains[name] == nil else { continue }
            let domain = catalogue.domains.first { $0.name == name && $0.purpose == .deterministic }
            domains[name] = try await domain?.open(allowed: allowed, keys: keys)
        }
        var tokens: RevealedTokens?
        if needsVault {
            guard let vault else { throw PipelineError(.vault, "no token vault is open") }
            tokens = try await Blocking.run { try RevealedTokens(self, vault, now: now, keys: keys) }
        }
        let session = RevealSession(
            self, keys: keys, domains: domains, formats: try await openFormats(keys), tokens: tokens,
            capacity: capacity)
        if session.hasSegments, catalogue.segments.count <= min(capacity, 64) {
            _ = try await session.open(Set(catalogue.segments.map(\.id)))
        }
        return session
    }

    /// The ciphers of columns that keep their format, by the position of their leaf; none where a key may not be had.
    private func openFormats(_ keys: any KeyManagementService) async throws -> [Int: FormatCipher] {
        var open: [String: OpenDomain?] = [:]
        var ciphers: [Int: FormatCipher] = [:]
        for (i, leaf) in leaves.enumerated() {
            guard case .preserveFormat(let name, let format) = leaf.column.protection else { continue }
            if open[name] == nil {
                let domain = catalogue.domains.first { $0.name == name && $0.purpose == .preserveFormat }
                open[name] = .some(try await domain?.openKey(allowed: allowed, keys: keys))
            }
            guard case .some(.some(let domain)) = open[name] else { continue }
            ciphers[i] = try FormatCipher(format, domain: name, key: domain.derived, allowsSmallDomains: true)
        }
        return ciphers
    }
}

/// Keys in use for revealing: opens batch after batch.
package final class RevealSession: Sendable {
    private let plan: RevealPlan
    private let keys: any KeyManagementService
    private let segments: [UInt64: Catalogue.Key]
    private let randomized: [(position: Int, leaf: RevealPlan.Leaf)]
    private let openers: [any Opener]
    private let tokens: RevealedTokens?
    /// Positions of the leaves that are columns, or parts of nested ones, themselves.
    private let direct: [Int]
    /// Ciphers of segments; a segment whose key may not be had has none.
    private let cache: BoundedCache<UInt64, OpenedSegment>
    private let prepared = Mutex<[ObjectIdentifier: [UInt64: OpenedSegment]]>([:])

    init(
        _ plan: RevealPlan, keys: any KeyManagementService, domains: [String: AESSIV], formats: [Int: FormatCipher],
        tokens: RevealedTokens?, capacity: Int
    ) {
        self.plan = plan
        self.tokens = tokens
        self.keys = keys
        // A catalogue may name thousands of columns inside JSON: what is bounded is ciphers, not segments.
        let columns = plan.leaves.count { if case .randomized = $0.column.protection { true } else { false } }
        cache = BoundedCache(capacity: max(64, capacity / max(1, columns)))
        let byID = Dictionary(plan.catalogue.keys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        segments = Dictionary(
            plan.catalogue.segments.compactMap { segment in byID[segment.key].map { (segment.id, $0) } },
            uniquingKeysWith: { first, _ in first })
        var randomized: [(position: Int, leaf: RevealPlan.Leaf)] = []
        var openers: [any Opener] = []
        for (i, leaf) in plan.leaves.enumerated() {
            if case .deterministic(let name) = leaf.column.protection {
                let check = plan.catalogue.domains.first { $0.name == name && $0.purpose == .deterministic }?.check
                openers.append(
                    DeterministicOpener(
                        leaf: leaf, key: domains[name], header: [FieldFormat.deterministic] + (check ?? [])))
            } else if case .preserveFormat = leaf.column.protection {
                openers.append(FormatOpener(leaf: leaf, cipher: formats[i]))
            } else if leaf.column.protection.isTokenized {
                openers.append(TokenOpener(leaf: leaf, position: i))
            } else {
                openers.append(RandomizedOpener(leaf: leaf, position: randomized.count))
                randomized.append((i, leaf))
            }
        }
        self.randomized = randomized
        self.openers = openers
        direct = plan.leaves.indices.filter { !plan.leaves[$0].isInJSON }
    }

    /// Whether any column has cells in segments.
    var hasSegments: Bool { !randomized.isEmpty }

    /// `stream` with the values of its tokens, which are asked for in groups; the same where the plan has none.
    func preparing(_ stream: any BatchStream) -> any BatchStream {
        guard let tokens else { return stream }
        return ReadAhead(stream) { try tokens.prepare($0) }
    }

    /// Gets the values of the tokens in batches. Blocks; where the plan has tokens, each batch goes through here once.
    package func prepareTokens(_ batches: [(batch: RecordBatch, firstRow: Int)]) throws {
        try tokens?.prepare(batches)
    }

    /// Whether `batch` has cells of segments whose keys are not at hand. Where not, they are held until it is revealed.
    package func needsPreparation(_ batch: RecordBatch) throws -> Bool {
        var found: [UInt64: OpenedSegment] = [:]
        for id in try segmentIDs(in: batch) {
            guard let opened = cache.value(for: id) else { return true }
            found[id] = opened
        }
        prepared.withLock { [found] in $0[ObjectIdentifier(batch)] = found }
        return false
    }

    /// Gets the keys of the segments in `batch`, and holds them until it is revealed.
    package func prepare(_ batch: RecordBatch) async throws {
        let opened = try await open(try segmentIDs(in: batch))
        prepared.withLock { $0[ObjectIdentifier(batch)] = opened }
    }

    /// The revealed batch. `firstRow` is the number of rows before it, for errors.
    package func reveal(_ batch: RecordBatch, firstRow: Int) throws -> RecordBatch {
        guard let segments = prepared.withLock({ $0.removeValue(forKey: ObjectIdentifier(batch)) }) else {
            preconditionFailure("a batch is prepared before it is revealed")
        }
        let context = RevealedBatch(
            batch: batch, firstRow: firstRow, onFailure: plan.onFailure, segments: segments,
            tokens: tokens?.take(batch) ?? [:])
        let whole = try batch.replacing(direct.map { plan.leaves[$0].path }, schema: batch.schema) { at, column, rows in
            try openers[direct[at]].open(column, rows: rows, in: context)
        }
        var columns = whole.columns
        for json in plan.json { columns[json.position] = try reveal(json, columns[json.position], context) }
        return RecordBatch(
            schema: plan.outputSchema, rowCount: batch.rowCount, columns: plan.selected.map { columns[$0] })
    }

    /// The cells inside a JSON column, opened as columns of their own and put back.
    private func reveal(_ json: JSONColumn, _ column: Column, _ context: RevealedBatch) throws -> Column {
        let (cells, unreadable) = try json.cells(column)
        if let row = unreadable.min(), case .stop = context.onFailure {
            throw context.refusal(FieldPath(column.field.name), row)
        }
        var revealed: [Int: Column] = [:]
        for (leaf, cells) in cells {
            revealed[leaf] = try openers[leaf].open(cells.column, rows: cells.rows, in: context)
        }
        return try json.replacing(column, revealed, unreadable: unreadable)
    }

    /// The segments that the batch's cells name, as far as the catalogue knows them.
    private func segmentIDs(in batch: RecordBatch) throws -> Set<UInt64> {
        var ids: Set<UInt64> = []
        guard !randomized.isEmpty else { return ids }
        let paths = randomized.filter { !$0.leaf.isInJSON }.map(\.leaf.path)
        _ = try batch.replacing(paths, schema: batch.schema) { _, column, rows in
            collect(column, rows, into: &ids)
            return column
        }
        for json in plan.json {
            for (_, cells) in try json.cells(batch.columns[json.position]).cells {
                collect(cells.column, cells.rows, into: &ids)
            }
        }
        return ids
    }

    private func collect(_ column: Column, _ rows: RowIndex, into ids: inout Set<UInt64>) {
        let reader = CellReader(column)
        var last: UInt64?
        for i in 0..<column.length where rows.row(of: i) >= 0 && !column.isNull(i) {
            guard let id = reader.segment(at: i), id != last else { continue }
            last = id
            if segments[id] != nil { ids.insert(id) }
        }
    }

    /// Segments with their ciphers, from the cache or by unwrapping their data keys.
    func open(_ ids: Set<UInt64>) async throws -> [UInt64: OpenedSegment] {
        var opened: [UInt64: OpenedSegment] = [:]
        var secrets: [[UInt8]: SharedSecret?] = [:]
        for id in ids {
            if let known = cache.value(for: id) {
                opened[id] = known
                continue
            }
            guard let key = segments[id] else { continue }
            let secret: SharedSecret?
            if let known = secrets[key.id] {
                secret = known
            } else {
                secret = try await key.open(dataset: plan.dataset, allowed: plan.allowed, keys: keys)
                secrets[key.id] = .some(secret)
            }
            let ciphers = try secret.map { secret in
                try SegmentKeys(
                    id: id, dataKey: secret.bytes, suite: key.suite, dataset: plan.dataset,
                    columns: randomized.map { ($0.leaf.path.description, $0.leaf.column.boundType) })
            }
            opened[id] = OpenedSegment(ciphers: ciphers)
            _ = cache.insert(OpenedSegment(ciphers: ciphers), for: id)
        }
        return opened
    }
}

/// A segment's ciphers; none where its data key may not be had.
struct OpenedSegment: Sendable {
    let ciphers: SegmentKeys?
}

/// What the openers of one batch share.
struct RevealedBatch: Sendable {
    let batch: RecordBatch
    let firstRow: Int
    let onFailure: RevealFailure
    let segments: [UInt64: OpenedSegment]
    /// Columns of values that a vault has for tokens, by the position of their leaf.
    let tokens: [Int: Column]

    /// The one way in which a value is refused: row and column, never why.
    func refusal(_ path: FieldPath, _ row: Int) -> PipelineError {
        PipelineError(
            .notAuthentic, "row \(firstRow + row + 1), column \(path): the value can't be revealed",
            hint:
                "it may have been altered or moved, belong to another --dataset, or need a key that is disabled or not "
                + "allowed here; --on-error null gives null instead")
    }
}
