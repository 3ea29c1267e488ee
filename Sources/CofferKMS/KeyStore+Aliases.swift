public import Coffer

/// An alias, and what it points to.
public struct AliasDescription: Hashable, Sendable {
    /// The name with `alias/` in front.
    public let name: String
    /// The key by its lasting id.
    public let key: KeyID
    /// Seconds since 1970.
    public let created: Int64
    /// When it was last pointed to a key, in seconds since 1970.
    public let updated: Int64
}

extension KeyStore {
    /// How many aliases a key may have.
    public static let aliasLimit = 50

    /// All aliases, by name.
    public func allAliases() async throws -> [AliasDescription] {
        try await tend()
        let tables = try tables()
        return tables.aliases.records.sorted { $0.id < $1.id }.map(tables.description)
    }

    /// The aliases of `key`, by name.
    public func aliases(of key: KeyID) async throws -> [AliasDescription] {
        try await tend()
        let tables = try tables()
        return tables.aliases.records(of: try tables.key(key).id).sorted { $0.id < $1.id }.map(tables.description)
    }

    /// Gives `key` another name.
    public func createAlias(_ alias: AliasName, for key: KeyID) async throws {
        let now = clock()
        try await change { edit in
            try edit.createAlias(alias, for: try edit.tables.changeableKey(key), at: now)
        }
    }

    /// Points `alias` to `key`, which must be of the kind and for the use of the one before: whoever uses the name must not
    /// notice but by what they get.
    public func updateAlias(_ alias: AliasName, to key: KeyID) async throws {
        let now = clock()
        try await change { edit in
            let old = try edit.tables.alias(alias)
            let record = try edit.tables.changeableKey(key)
            if let before = edit.tables.keys[old.key] {
                let (a, b) = (edit.tables.spec(of: before), edit.tables.spec(of: record))
                guard before.usage == record.usage, a.isAsymmetric == b.isAsymmetric else {
                    throw KeyError(
                        .unsupported, "\(alias) points to a key of another kind than \(key.name)",
                        hint: "both must be symmetric or both asymmetric, and for the same use")
                }
            }
            if old.key != record.id { try edit.checkAliases(of: record) }
            edit.put(AliasRecord(id: old.id, key: record.id, created: old.created))
            edit.put(AliasUpdateRecord(id: old.id, updated: now))
        }
    }

    /// Takes an alias away. The key stays.
    public func deleteAlias(_ alias: AliasName) async throws {
        try await change { edit in edit.removeAlias(try edit.tables.alias(alias).id) }
    }
}

extension Tables {
    fileprivate func alias(_ name: AliasName) throws(KeyError) -> AliasRecord {
        guard let record = aliases[name.description] else {
            throw KeyError(.notFound, "there is no alias \(name)", hint: "coffer keys list shows what there is")
        }
        return record
    }

    fileprivate func description(of alias: AliasRecord) -> AliasDescription {
        AliasDescription(
            name: alias.id, key: keys[alias.key]?.keyID ?? alias.key.keyID, created: alias.created,
            updated: aliasUpdates[alias.id]?.updated ?? alias.created)
    }
}

extension Edit {
    /// An alias that was not there.
    mutating func createAlias(_ alias: AliasName, for key: KeyRecord, at now: Int64) throws(KeyError) {
        guard tables.aliases[alias.description] == nil else {
            throw KeyError(
                .alreadyExists, "\(alias) is there already",
                hint: "coffer keys rotate \(alias) gives it a new version; choose another name for another key")
        }
        try checkAliases(of: key)
        put(AliasRecord(id: alias.description, key: key.id, created: now))
    }

    fileprivate func checkAliases(of key: KeyRecord) throws(KeyError) {
        guard tables.aliases.count(of: key.id) < KeyStore.aliasLimit else {
            throw KeyError(.limitExceeded, "a key has at most \(KeyStore.aliasLimit) aliases")
        }
    }
}
