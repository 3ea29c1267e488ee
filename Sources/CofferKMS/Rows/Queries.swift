import Coffer

extension Tables {
    /// The versions of a key, oldest first.
    func versions(of key: KeyUUID) -> [VersionRecord] {
        var found: [VersionRecord] = []
        while let version = versions[.init(key: key, number: Int64(found.count + 1))] { found.append(version) }
        return found
    }

    /// The key that `name` names: an alias or an id of this store.
    func key(_ name: KeyID) throws(KeyError) -> KeyRecord {
        guard name.scheme == "coffer" else {
            throw KeyError(.notFound, "\(name) is not a key of the embedded store", hint: "write it as alias/NAME")
        }
        if let alias = aliases[name.name], let key = keys[alias.key] { return key }
        if let id = KeyUUID(name.name) {
            if let key = keys[id] { return key }
            if let destruction = destructions[id] {
                throw KeyError(
                    .notFound, "the key \(id) was destroyed on \(day(destruction.destroyed))",
                    hint: "what only it could open can't be revealed any more")
            }
        }
        let known = aliases.records.map(\.id).sorted()
        let alias = "alias/\(name.name)"
        let near = known.contains(alias) ? alias : Suggestion.nearest(to: name.name, among: known)
        throw KeyError(
            .notFound, "there is no key \(name.name) in the key store",
            hint: near.map { "did you mean \($0)?" } ?? "coffer keys list shows what there is")
    }

    /// What may be known of a key.
    func description(of key: KeyRecord, aliases: [String]? = nil) -> KeyDescription {
        KeyDescription(
            key: key.id.keyID,
            aliases: aliases ?? self.aliases.records.filter { $0.key == key.id }.map(\.id).sorted(),
            usage: key.usage, isEnabled: key.isEnabled,
            versions: versions(of: key.id).map {
                KeyDescription.Version(number: Int($0.id.number), isEnabled: $0.isEnabled, created: $0.created)
            },
            created: key.created, deletionDate: deletions[key.id]?.due,
            description: descriptions[key.id]?.text,
            rotation: rotations[key.id].map { .init(days: Int($0.days), next: $0.next) },
            tags: tags(of: key.id),
            lastUse: lastUses[key.id].map { .init(operation: $0.operation, time: $0.used) })
    }

    private func tags(of key: KeyUUID) -> [String: String] {
        guard !tags.rows.isEmpty else { return [:] }
        let own = tags.records.filter { $0.id.key == key }.map { ($0.id.name, $0.value) }
        return Dictionary(uniqueKeysWithValues: own)
    }

    /// The catalogues that need a key, or one version of it, sorted by where they are.
    func uses(of key: KeyUUID, version: Int64?) -> [KeyUse] {
        let wanted = uses.records.filter { $0.id.key == key && (version == nil || $0.id.version == version) }
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
