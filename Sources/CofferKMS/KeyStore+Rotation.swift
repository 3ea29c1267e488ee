public import Coffer

extension KeyStore {
    /// How many days there may be between two rotations.
    public static let rotationDays = 90...2560

    /// Has `key` rotate by itself every `days` days from now on; with nil no longer. A rotation happens with the first use
    /// of any key, or the first opening of the store, on its day or later. MAC keys refuse.
    public func setRotation(of key: KeyID, days: Int?) async throws -> KeyDescription {
        if let days, !Self.rotationDays.contains(days) {
            throw KeyError(.invalidArgument, "a key rotates every 90 to 2560 days, not every \(days)")
        }
        let now = clock()
        return try await change { edit in
            let record = try edit.tables.rotatableKey(key)
            if let days {
                edit.put(RotationRecord(id: record.id, days: Int64(days), next: now + Int64(days) * 86400))
            } else {
                edit.remove(RotationRecord.self, record.id)
            }
            return edit.tables.description(of: record)
        }
    }
}

extension Tables {
    /// The key that `name` names, if it can get a new version.
    func rotatableKey(_ name: KeyID) throws(KeyError) -> KeyRecord {
        let record = try changeableKey(name)
        guard record.usage == .encryptDecrypt else {
            throw KeyError(
                .wrongUsage, "\(name.name) is a MAC key, and MAC keys do not rotate",
                hint: "make a new one with coffer keys create --usage mac, and run the pipeline anew with it")
        }
        guard record.isEnabled else {
            throw KeyError(.disabled, "\(name.name) is disabled", hint: "coffer keys enable \(name.name)")
        }
        return record
    }
}
