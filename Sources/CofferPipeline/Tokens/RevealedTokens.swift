import Coffer
import CofferCrypto
import Synchronization

/// The values of tokens in a table that is revealed, looked up in groups of batches.
final class RevealedTokens: Sendable {
    /// The leaves of one domain, with their positions in the plan.
    struct Group: Sendable {
        let reader: TokenReader
        let leaves: [(position: Int, leaf: RevealPlan.Leaf)]
    }

    private let groups: [Group]
    private let json: [JSONColumn]
    private let onFailure: RevealFailure
    private let ready = Mutex<[ObjectIdentifier: [Int: Column]]>([:])

    /// Looks up the tokens of `plan` in `vault`, which must be the one that the catalogue names.
    init(
        _ plan: RevealPlan, _ vault: any TokenVault, now: Int64, keys: any KeyManagementService
    ) throws {
        json = plan.json
        onFailure = plan.onFailure
        guard plan.catalogue.vault == vault.id else {
            throw PipelineError(
                .vault, "the tokens of this table are not in the vault \(vault.location) but in another one",
                hint: "name the one they were made in with --vault, or vault: in the pipeline")
        }
        let domains = Dictionary(try vault.domains().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let all = try vault.keys()
        var leaves: [String: [(Int, RevealPlan.Leaf)]] = [:]
        for (i, leaf) in plan.leaves.enumerated() {
            if case .tokenized(let name) = leaf.column.protection { leaves[name, default: []].append((i, leaf)) }
        }
        groups = leaves.map { name, leaves in
            let reader = TokenReader(
                name, number: domains[name]?.number, vault: vault, keys: all, now: now, allowed: plan.allowed,
                service: keys)
            return Group(reader: reader, leaves: leaves)
        }
    }

    /// Gets the values of batches.
    func prepare(_ batches: [(batch: RecordBatch, firstRow: Int)]) throws {
        var made: [ObjectIdentifier: [Int: Column]] = [:]
        for group in groups {
            var parts: [(opener: TokenOpener, column: Column, rows: RowIndex, batch: RevealedBatch)] = []
            for (batch, firstRow) in batches {
                let context = RevealedBatch(
                    batch: batch, firstRow: firstRow, onFailure: onFailure, segments: [:], tokens: [:])
                func add(_ at: Int, _ column: Column, _ rows: RowIndex) {
                    let (position, leaf) = group.leaves[at]
                    parts.append((TokenOpener(leaf: leaf, position: position), column, rows, context))
                }
                let direct = group.leaves.indices.filter { !group.leaves[$0].leaf.isInJSON }
                _ = try batch.replacing(direct.map { group.leaves[$0].leaf.path }, schema: batch.schema) {
                    at, column, rows in
                    add(direct[at], column, rows)
                    return column
                }
                let inJSON = group.leaves.indices.filter { group.leaves[$0].leaf.isInJSON }
                for json in json where inJSON.contains(where: { json.leaves.contains(group.leaves[$0].position) }) {
                    let cells = try json.cells(batch.columns[json.position]).cells
                    for at in inJSON {
                        if let cells = cells[group.leaves[at].position] { add(at, cells.column, cells.rows) }
                    }
                }
            }
            let columns = try unsafe group.reader.values(of: parts.map(\.column)) { at, value in
                let part = parts[at]
                return try unsafe part.opener.values(part.column, rows: part.rows, in: part.batch, value)
            }
            for (part, column) in zip(parts, columns) {
                made[ObjectIdentifier(part.batch.batch), default: [:]][part.opener.position] = column
            }
        }
        ready.withLock { ready in for (batch, columns) in made { ready[batch] = columns } }
    }

    /// The columns of a batch, by the position of their leaf; once.
    func take(_ batch: RecordBatch) -> [Int: Column] {
        ready.withLock { $0.removeValue(forKey: ObjectIdentifier(batch)) } ?? [:]
    }
}
