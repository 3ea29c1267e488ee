import Coffer
import CofferCrypto
import Synchronization

/// Makes the writers of a plan's tokens: one a domain, whichever columns share it.
struct TokenWriters {
    private let run: TokenRun?
    private let keys: any KeyManagementService
    private let randomness: Randomness
    private var writers: [String: (options: PlannedLeaf.Tokens, writer: TokenWriter)] = [:]
    private var leaves: [(position: Int, leaf: PlannedLeaf, domain: String)] = []

    init(_ run: TokenRun?, keys: any KeyManagementService, randomness: Randomness) {
        (self.run, self.keys, self.randomness) = (run, keys, randomness)
    }

    /// Adds the leaf at `position` among those that change, whose domain's key is `derived` from `macKey`.
    mutating func add(
        _ position: Int, _ leaf: PlannedLeaf, _ options: PlannedLeaf.Tokens, _ derived: borrowing DomainKey.Derived,
        macKey: KeyID
    ) async throws {
        let name = options.domain.name
        leaves.append((position, leaf, name))
        if let known = writers[name] {
            guard known.options == options else {
                throw PipelineError(
                    .policy, "two columns share the tokens of domain \(name) under different options",
                    hint: "write the same tokenize: { … } for both, or give them domains of their own")
            }
            return
        }
        guard let run else { throw PipelineError(.vault, "no token vault is open") }
        let vault = run.vault
        let wanted = TokenDomain(
            name: name, macKey: macKey, check: derived.check, isSingleUse: options.isSingleUse, format: options.format)
        let domain = try await Blocking.run { try vault.pin(wanted) }
        try Self.check(domain, wanted, vault.location)
        let now = run.now
        _ = try await Blocking.run { try vault.purge(domain.number, now: now) }
        let (key, cipher) = try await VaultKey.make(
            name, under: options.key, vault: vault.id, keys: keys, randomness: randomness)
        let plan = TokenWriter.Plan(
            domain: domain, index: HMAC(.sha256, key: derived.key), key: key, cipher: cipher, now: now,
            timeToLive: options.timeToLive)
        let writer = TokenWriter(plan, vault: vault, randomness: randomness) { [uses = run.uses] keys, domains in
            let use = vault.keyUse(keys, domains)
            try Blocking.wait { try await uses.record(use) }
        }
        writers[name] = (options, writer)
    }

    /// What the vault has of a domain is for good.
    private static func check(_ there: TokenDomain, _ wanted: TokenDomain, _ location: String) throws(PipelineError) {
        let what: (String, String)? =
            if there.macKey != wanted.macKey || there.check != wanted.check {
                ("with another MAC key: values would not be found", "use that key as mac_key:")
            } else if there.isSingleUse != wanted.isSingleUse {
                (there.isSingleUse ? "for single use" : "for tokens that stay the same", "write single_use: as before")
            } else if there.format != wanted.format {
                ("with tokens of another form (\(there.format))", "write like: or prefix: as before")
            } else {
                nil
            }
        guard let (what, hint) = what else { return }
        throw PipelineError(
            .vault, "domain \(wanted.name) was made in the token vault \(location) \(what)",
            hint: "\(hint), or give the column another domain:")
    }

    /// The writers, ready for batches; nil where no leaf has tokens.
    var columns: TokenColumns? {
        guard let run, !leaves.isEmpty else { return nil }
        let groups = writers.map { name, entry in
            TokenColumns.Group(writer: entry.writer, leaves: leaves.filter { $0.domain == name }.map { ($0.0, $0.1) })
        }
        return TokenColumns(vault: run.vault, groups: groups)
    }
}

/// The columns of tokens of a run's batches, made before the batches are protected.
final class TokenColumns: Sendable {
    /// A domain and the leaves in it, with their positions among those that change.
    struct Group: Sendable {
        let writer: TokenWriter
        let leaves: [(position: Int, leaf: PlannedLeaf)]
    }

    let vault: any TokenVault
    private let groups: [Group]
    private let ready = Mutex<[ObjectIdentifier: [Int: Column]]>([:])

    init(vault: any TokenVault, groups: [Group]) {
        self.vault = vault
        self.groups = groups
    }

    /// Makes the columns of batches, in which new tokens are in the vault then.
    func prepare(_ batches: [(batch: RecordBatch, firstRow: Int)]) throws {
        var made: [ObjectIdentifier: [Int: Column]] = [:]
        for group in groups {
            var parts: [TokenWriter.Part] = []
            var places: [(batch: ObjectIdentifier, position: Int)] = []
            for (batch, firstRow) in batches {
                let paths = group.leaves.map(\.leaf.path)
                _ = try batch.replacing(paths, schema: batch.schema) { at, column, rows in
                    let (position, leaf) = group.leaves[at]
                    guard let canonical = CanonicalText(leaf.field), let output = leaf.output else {
                        preconditionFailure("the plan checked the type")
                    }
                    parts.append(
                        TokenWriter.Part(
                            column: column, rows: rows, firstRow: firstRow, path: leaf.path, canonical: canonical,
                            output: output))
                    places.append((ObjectIdentifier(batch), position))
                    return column
                }
            }
            for (place, column) in zip(places, try group.writer.tokens(of: parts)) {
                made[place.batch, default: [:]][place.position] = column
            }
        }
        ready.withLock { ready in for (batch, columns) in made { ready[batch] = columns } }
    }

    /// The columns of a batch, by the position of their leaf; once.
    func take(_ batch: RecordBatch) -> [Int: Column] {
        ready.withLock { $0.removeValue(forKey: ObjectIdentifier(batch)) } ?? [:]
    }
}
