public import Coffer

extension KeyStore: KeyUses {
    /// Replaces what is remembered of the catalogue at `use.location` by `use`. No versions: it is forgotten. Keys of
    /// other stores are not this store's to remember.
    public func record(_ use: KeyUse) async throws {
        guard (1...4096).contains(use.location.utf8.count) else {
            throw KeyError(.invalidArgument, "the place of a catalogue has 1 to 4096 bytes")
        }
        let (known, wanted) = (try rows(at: use.location), try rows(of: use))
        guard known != wanted else { return }
        try await change { edit in
            for old in edit.tables.uses.records.filter({ $0.id.location == use.location }) {
                edit.remove(UseRecord.self, old.id)
            }
            for row in wanted.values { edit.put(row) }
        }
    }

    /// The catalogues that need `version` of `key`; of any version where it is nil.
    public func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] {
        let tables = try tables()
        return tables.uses(of: try tables.key(key).id, version: version.map(Int64.init))
    }

    private func rows(at location: String) throws -> [UseRecord.ID: UseRecord] {
        let rows = try tables().uses.records.filter { $0.id.location == location }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
    }

    private func rows(of use: KeyUse) throws -> [UseRecord.ID: UseRecord] {
        let tables = try tables()
        var rows: [UseRecord.ID: UseRecord] = [:]
        let claimed = Set(use.wrapped.map { KeyUse.Reference(key: $0.key, version: $0.version) })
        for reference in use.keys where reference.key.scheme == "coffer" && !claimed.contains(reference) {
            // A catalogue may come from elsewhere: keys that are not in this store are not its to remember.
            guard let key = try? tables.key(reference.key).id,
                tables.versions[.init(key: key, number: Int64(reference.version))] != nil
            else { continue }
            let id = UseRecord.ID(location: use.location, key: key, version: Int64(reference.version))
            rows[id] = UseRecord(id: id, catalogue: use.catalogue, dataset: use.dataset)
        }
        for wrapped in use.wrapped where wrapped.key.scheme == "coffer" {
            // What the bytes say counts, not the number beside them.
            guard let format = WrappedKeyFormat(wrapped.bytes), tables.keys[format.key] != nil,
                let version = tables.version(of: format.key, material: format.material)
            else { continue }
            let id = UseRecord.ID(location: use.location, key: format.key, version: version.id.number)
            rows[id] = UseRecord(id: id, catalogue: use.catalogue, dataset: use.dataset)
        }
        return rows
    }
}
