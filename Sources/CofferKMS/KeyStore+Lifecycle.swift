public import Coffer
import CofferCrypto

extension KeyStore {
    /// Makes a key, and an alias for it if one is given.
    public func createKey(_ usage: KeyDescription.Usage, alias: AliasName? = nil) async throws -> KeyDescription {
        try await createKey(NewKey(usage: usage, alias: alias))
    }

    /// Makes a key with all that is to be known of it, whole or not at all. An RSA key takes seconds to find.
    public func createKey(_ new: NewKey) async throws -> KeyDescription {
        try new.check()
        let (randomness, now) = (randomness, clock())
        let material = new.origin == .external ? nil : await NewMaterial.make(new.spec, randomness)
        return try await change { edit in
            try edit.createKey(new, material, at: now, randomness: randomness)
        }
    }

    /// All keys: those with aliases first, by name, then the others, oldest first.
    public func keys() async throws -> [KeyDescription] {
        try await allKeys().sorted { a, b in
            switch (a.aliases.first, b.aliases.first) {
            case (let a?, let b?): a < b
            case (nil, nil): (a.created, a.key.name) < (b.created, b.key.name)
            case (let a, _): a != nil
            }
        }
    }

    /// All keys, in the order of their ids.
    public func allKeys() async throws -> [KeyDescription] {
        try await tend()
        let tables = try tables()
        return tables.keys.records.sorted { $0.keyID.name < $1.keyID.name }.map(tables.description)
    }

    /// Enables or disables a key, or one version of it. Disabling what a registered catalogue still needs is refused
    /// unless `isForced`.
    public func setEnabled(
        _ isEnabled: Bool, _ key: KeyID, version: Int? = nil, isForced: Bool = false
    ) async throws -> KeyDescription {
        try await change { edit in
            var record = try edit.tables.changeableKey(key)
            if edit.tables.isPendingImport(record) { throw KeyError.pendingImport(key) }
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
                : "coffer rewrap moves a catalogue, coffer tokens rewrap a token vault; --force \(force) it all the same"
        )
    }
}

extension Edit {
    /// A new key with its first version; without one where its material is to be imported.
    mutating func createKey(
        _ new: NewKey, _ material: NewMaterial?, at now: Int64, randomness: Randomness
    ) throws(KeyError) -> KeyDescription {
        let key = KeyRecord(id: KeyUUID(randomness), usage: new.usage, isEnabled: true, created: now)
        put(key)
        if new.spec != new.usage.usualSpec || new.usage == .signVerify || new.origin != .generated {
            put(KeyKindRecord(id: key.id, spec: new.spec, origin: new.origin))
        }
        if let material { addVersion(to: key.id, material, at: now, randomness: randomness) }
        if !new.description.isEmpty { put(DescriptionRecord(id: key.id, text: new.description)) }
        for tag in new.tags { put(TagRecord(id: .init(key: key.id, name: tag.name), value: tag.value)) }
        if let policy = new.policy { put(PolicyRecord(id: key.id, document: policy)) }
        if let alias = new.alias { try createAlias(alias, for: key, at: now) }
        return tables.description(of: key)
    }

    /// A new version with this material; returns its number.
    @discardableResult
    mutating func addVersion(to key: KeyUUID, _ new: NewMaterial, at now: Int64, randomness: Randomness) -> Int64 {
        let number = (tables.versions.records(of: key).map(\.id.number).max() ?? 0) + 1
        put(version(VersionRecord.ID(key: key, number: number), randomness.bytes(16), new, at: now, randomness))
        return number
    }

    /// A version, sealed.
    func version(
        _ id: VersionRecord.ID, _ material: [UInt8], _ new: NewMaterial, at now: Int64, _ randomness: Randomness
    ) -> VersionRecord {
        VersionRecord(
            id: id, material: material, isEnabled: true, created: now,
            sealed: seal.seal(new.secret, id, material, randomness))
    }
}
