package import Coffer
import CofferCrypto

/// What is done with a token vault apart from runs: turning tokens back, deleting them, rewrapping its keys.
package struct VaultWork: Sendable {
    /// Tokens or values in one call.
    package static let limit = 1_000_000

    /// The vault.
    package let vault: any TokenVault
    private let keys: any KeyManagementService & KeyUses
    private let allowed: AllowedKeys
    private let now: Int64

    /// Work with `vault`, under keys that are `allowed`: the vault names keys, and is not believed.
    package init(
        _ vault: any TokenVault, keys: any KeyManagementService & KeyUses, allowed: AllowedKeys = .embeddedStore,
        now: Int64 = Process.clock
    ) {
        self.vault = vault
        self.keys = keys
        self.allowed = allowed
        self.now = now
    }

    private func domain(_ name: String) throws -> TokenDomain {
        let all = try vault.domains()
        guard let found = all.first(where: { $0.name == name }) else {
            throw PipelineError(
                .vault, "the token vault \(vault.location) has no domain \(name)",
                hint: all.isEmpty
                    ? "it has none yet" : "it has \(all.prefix(20).map(\.name).joined(separator: ", "))")
        }
        return found
    }

    /// The canonical texts of the values that `tokens` stand for; nil where one stands for none here. Blocks.
    package func values(of tokens: [String], in name: String) throws -> [[UInt8]?] {
        let column = try Column.texts("token", tokens)
        let reader = TokenReader(
            name, number: try domain(name).number, vault: vault, keys: try vault.keys(), now: now, allowed: allowed,
            service: keys)
        return try unsafe reader.values(of: [column]) { _, value in
            tokens.indices.map { i in
                var found: [UInt8]?
                _ = unsafe value(i) { text in
                    found = unsafe text.map { unsafe Array($0) }
                    return nil
                }
                return found
            }
        }.first ?? []
    }

    /// Deletes tokens, and says how many there were. Blocks.
    package func delete(tokens: [String], in name: String) throws -> Int {
        let rows = RecordBatch([Self.positions(tokens.count), try .texts("token", tokens)])
        let count = try vault.delete(rows, by: .token, in: try domain(name).number)
        try vault.sync()
        return count
    }

    /// Deletes the tokens of values, each written as its canonical text, and says how many there were. Blocks.
    package func delete(values: [String], in name: String) throws -> Int {
        let domain = try domain(name)
        let (allowed, keys) = (allowed, keys)
        let indexes = try Blocking.wait { () -> [TokenIndex] in
            guard try await allowed.allow(domain.macKey, keys: keys) else {
                throw PipelineError(
                    .vault, "the domain \(name) belongs to the MAC key \(domain.macKey), which is not allowed here",
                    hint: "allow it with --key")
            }
            let derived = try await DomainKey.derive(.token, domain: name, under: domain.macKey, keys: keys)
            guard derived.check == domain.check else { throw DatabaseVault.damaged(vault.location) }
            let key = HMAC(.sha256, key: derived.key)
            return values.map { value in
                let text = Array(value.utf8)
                return unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { digest in
                    unsafe text.withUnsafeBytes { unsafe key.authenticate($0, into: digest.baseAddress!) }
                    return unsafe TokenIndex(UnsafeRawPointer(digest.baseAddress!))
                }
            }
        }
        let rows = RecordBatch([Self.positions(indexes.count), try .indexes(indexes)])
        let count = try vault.delete(rows, by: .index, in: domain.number)
        try vault.sync()
        return count
    }

    /// Deletes what has outlived its time, and says how many tokens. Blocks.
    package func purge(_ name: String?) throws -> Int {
        let count = try vault.purge(try name.map { try domain($0).number }, now: now)
        try vault.sync()
        return count
    }

    /// Brings the data keys to the newest version of their KEKs, or to `target`. Touches no token.
    package func rewrap(to target: KeyID?) async throws -> (dataKeys: Int, rewrapped: Int) {
        let old = try await Blocking.run { try vault.keys() }
        var changed: [(old: VaultKey, new: VaultKey)] = []
        for key in old {
            var new = key
            new.wrapped = try await key.wrapped.rewrapped(
                key.context(vault: vault.id), id: key.id, commitment: key.commitment, to: target, allowed: allowed,
                keys: keys)
            if new != key { changed.append((key, new)) }
        }
        if !changed.isEmpty {
            try await Blocking.run { [changed] in
                try vault.replace(changed) { now, domains in
                    // Until the change counts, both are needed.
                    let use = vault.keyUse(now + changed.map(\.old), domains)
                    try Blocking.wait { try await keys.record(use) }
                }
                try vault.sync()
            }
        }
        let (now, domains) = try await Blocking.run { (try vault.keys(), try vault.domains()) }
        if !now.isEmpty { try await keys.record(vault.keyUse(now, domains)) }
        return (old.count, changed.count)
    }

    private static func positions(_ count: Int) -> Column {
        .numbers("position", (0..<count).lazy.map { Int64($0) })
    }
}
