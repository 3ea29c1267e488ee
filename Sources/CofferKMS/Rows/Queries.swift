import Coffer

extension Tables {
    /// The versions of a key, oldest first.
    func versions(of key: KeyUUID) -> [VersionRecord] {
        versions.records(of: key).sorted { $0.id.number < $1.id.number }
    }

    /// What kind of key it is.
    func spec(of key: KeyRecord) -> KeySpec { kinds[key.id]?.spec ?? key.usage.usualSpec }

    /// Where its material comes from.
    func origin(of key: KeyRecord) -> KeyOrigin { kinds[key.id]?.origin ?? .generated }

    /// Whether its material is still to be imported.
    func isPendingImport(_ key: KeyRecord) -> Bool {
        versions.count(of: key.id) == 0 && origin(of: key) == .external
    }

    /// The key that `name` names: an alias or an id of this store, or an ARN of one.
    func key(_ name: KeyID) throws(KeyError) -> KeyRecord {
        guard name.scheme == "coffer" else {
            throw KeyError(.notFound, "\(name) is not a key of the embedded store", hint: "write it as alias/NAME")
        }
        let local = name.localName
        if let alias = aliases[local], let key = keys[alias.key] { return key }
        if let id = KeyUUID(local) {
            if let key = keys[id] { return key }
            if let destruction = destructions[id] {
                throw KeyError(
                    .notFound, "the key \(id) was destroyed on \(day(destruction.destroyed))",
                    hint: "what only it could open can't be revealed any more")
            }
        }
        let known = aliases.records.map(\.id).sorted()
        let alias = "alias/\(local)"
        let near = known.contains(alias) ? alias : Suggestion.nearest(to: local, among: known)
        throw KeyError(
            .notFound, "there is no key \(name.name) in the key store",
            hint: near.map { "did you mean \($0)?" } ?? "coffer keys list shows what there is")
    }

    /// What may be known of a key.
    func description(of key: KeyRecord) -> KeyDescription {
        KeyDescription(
            key: key.keyID, aliases: aliases.records(of: key.id).map(\.id).sorted(), usage: key.usage,
            isEnabled: key.isEnabled,
            versions: versions(of: key.id).map {
                KeyDescription.Version(
                    number: Int($0.id.number), isEnabled: $0.isEnabled, created: $0.created,
                    materialID: materialID(key.id, $0.material))
            },
            created: key.created, deletionDate: deletions[key.id]?.due,
            description: descriptions[key.id]?.text,
            rotation: rotations[key.id].map { .init(days: Int($0.days), next: $0.next) },
            tags: Dictionary(uniqueKeysWithValues: tags.records(of: key.id).map { ($0.id.name, $0.value) }),
            lastUse: lastUses[key.id].map { .init(operation: $0.operation, time: $0.used) },
            spec: spec(of: key), origin: origin(of: key), expiration: expiration(of: key))
    }

    private func expiration(of key: KeyRecord) -> Int64? {
        guard let expires = imports[key.id]?.expires, expires > 0, versions.count(of: key.id) > 0 else { return nil }
        return expires
    }

    /// The catalogues that need a key, or one version of it, sorted by where they are.
    func uses(of key: KeyUUID, version: Int64?) -> [KeyUse] {
        let wanted = uses.records(of: key).filter { version == nil || $0.id.version == version }
        return Set(wanted.map(\.id.location)).sorted().compactMap { location in
            let rows = uses.records.filter { $0.id.location == location }
            guard let first = rows.first else { return nil }
            let keys = rows.map { KeyUse.Reference(key: $0.id.key.keyID, version: Int($0.id.version)) }
            return KeyUse(catalogue: first.catalogue, location: location, dataset: first.dataset, keys: Set(keys))
        }
    }
}

extension KeyUUID {
    /// The id as other modules know it.
    var keyID: KeyID {
        do { return try KeyID("coffer:\(self)") } catch { preconditionFailure("an id is a key name") }
    }
}
