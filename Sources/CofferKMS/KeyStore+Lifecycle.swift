public import Coffer
import CofferCrypto

extension KeyStore {
    /// Makes a key, and an alias for it if one is given.
    public func createKey(_ usage: KeyDescription.Usage, alias: AliasName? = nil) async throws -> KeyDescription {
        let (randomness, now) = (randomness, clock())
        return try await change { edit in
            try edit.createKey(usage, alias: alias, at: now, randomness: randomness)
        }
    }

    /// All keys: those with aliases first, by name, then the others, oldest first.
    public func keys() async throws -> [KeyDescription] {
        try await tend()
        let tables = try tables()
        let aliases = Dictionary(grouping: tables.aliases.records, by: \.key)
        return tables.keys.records.map { key in
            tables.description(of: key, aliases: (aliases[key.id] ?? []).map(\.id).sorted())
        }.sorted { a, b in
            switch (a.aliases.first, b.aliases.first) {
            case (let a?, let b?): a < b
            case (nil, nil): (a.created, a.key.name) < (b.created, b.key.name)
            case (let a, _): a != nil
            }
        }
    }

    /// Makes a new version, which wraps from now on; older versions still unwrap. MAC keys refuse: what was made under
    /// one could no longer be found or joined.
    public func rotate(_ key: KeyID) async throws -> KeyDescription {
        let (randomness, now) = (randomness, clock())
        return try await change { edit in
            let record = try edit.tables.rotatableKey(key)
            edit.addVersion(to: record.id, at: now, randomness: randomness)
            return edit.tables.description(of: record)
        }
    }

    /// Enables or disables a key, or one version of it. Disabling what a registered catalogue still needs is refused
    /// unless `isForced`.
    public func setEnabled(
        _ isEnabled: Bool, _ key: KeyID, version: Int? = nil, isForced: Bool = false
    ) async throws -> KeyDescription {
        try await change { edit in
            var record = try edit.tables.changeableKey(key)
            if !isEnabled, !isForced {
                try edit.tables.refuseIfUsed(record, version.map(Int64.init), force: "disables")
            }
            if let version {
                guard var row = edit.tables.versions[.init(key: record.id, number: Int64(version))] else {
                    throw KeyError(
                        .notFound, "\(key.name) has no version \(version)", hint: "coffer keys show \(key.name)")
                }
                if row.isEnabled != isEnabled {
                    row.isEnabled = isEnabled
                    edit.put(row)
                }
            } else if record.isEnabled != isEnabled {
                record.isEnabled = isEnabled
                edit.put(record)
            }
            return edit.tables.description(of: record)
        }
    }
}

extension Tables {
    /// Refuses to go on where a catalogue needs the key or version.
    func refuseIfUsed(_ key: KeyRecord, _ version: Int64?, force: String) throws(KeyError) {
        let uses = uses(of: key.id, version: version)
        guard let first = uses.first else { return }
        let others = uses.count == 1 ? "" : " and \(uses.count - 1) more"
        let name = description(of: key).aliases.first ?? key.id.description
        let what = version.map { "\(name) version \($0)" } ?? name
        throw KeyError(
            .inUse, "\(what) is needed by \(first.location)\(others)",
            hint: force == "deletes"
                ? "coffer rewrap --to moves a catalogue to another key; --force deletes it all the same"
                : "coffer rewrap moves a catalogue to the newest version; --force \(force) it all the same")
    }
}

extension Edit {
    /// A new key with its first version.
    mutating func createKey(
        _ usage: KeyDescription.Usage, alias: AliasName?, at now: Int64, randomness: Randomness
    ) throws(KeyError) -> KeyDescription {
        let key = KeyRecord(id: KeyUUID(randomness), usage: usage, isEnabled: true, created: now)
        put(key)
        addVersion(to: key.id, at: now, randomness: randomness)
        if let alias {
            guard tables.aliases[alias.description] == nil else {
                throw KeyError(
                    .alreadyExists, "\(alias) is there already",
                    hint: "coffer keys rotate \(alias) gives it a new version; choose another name for another key")
            }
            put(AliasRecord(id: alias.description, key: key.id, created: now))
        }
        return tables.description(of: key)
    }

    /// A new version with fresh material.
    mutating func addVersion(to key: KeyUUID, at now: Int64, randomness: Randomness) {
        let id = VersionRecord.ID(key: key, number: Int64(tables.versions(of: key).count + 1))
        let material = randomness.bytes(16)
        let sealed = seal.seal(randomness.secret(count: Material.byteCount), id, material, randomness)
        put(VersionRecord(id: id, material: material, isEnabled: true, created: now, sealed: sealed))
    }
}
