public import Coffer

/// A key that is no more.
public struct DestroyedKey: Hashable, Sendable {
    /// Its lasting id.
    public let key: KeyID
    /// The aliases it had.
    public let aliases: [String]
    /// Seconds since 1970.
    public let destroyed: Int64

    init(_ key: KeyDescription, destroyed: Int64) {
        (self.key, aliases, self.destroyed) = (key.key, key.aliases, destroyed)
    }
}

extension KeyStore {
    /// How many days a key may wait for its destruction.
    public static let deletionDays = 7...30

    /// Puts a key on the way to its destruction, `days` from now. Until then it can't be used, and the deletion can be
    /// cancelled. Refused where a registered catalogue still needs the key, unless `isForced`.
    public func scheduleDeletion(
        _ key: KeyID, days: Int = 30, isForced: Bool = false
    ) async throws -> KeyDescription {
        guard Self.deletionDays.contains(days) else {
            throw KeyError(.invalidArgument, "a key waits 7 to 30 days for its destruction, not \(days)")
        }
        let now = clock()
        return try await change { edit in
            var record = try edit.tables.changeableKey(key)
            if !isForced { try edit.tables.refuseIfUsed(record, nil, force: "deletes") }
            record.isEnabled = false
            edit.put(record)
            edit.put(DeletionRecord(id: record.id, requested: now, due: now + Int64(days) * 86400))
            return edit.tables.description(of: record)
        }
    }

    /// Takes a key back from its destruction. It is disabled then, as AWS has it.
    public func cancelDeletion(_ key: KeyID) async throws -> KeyDescription {
        try await change { edit in
            let record = try edit.tables.key(key)
            guard edit.tables.deletions[record.id] != nil else {
                throw KeyError(
                    .invalidState, "\(key.name) is not pending deletion", hint: "coffer keys show \(key.name)")
            }
            edit.remove(DeletionRecord.self, record.id)
            return edit.tables.description(of: record)
        }
    }
}

extension Tables {
    /// The key that `name` names, unless it is pending deletion.
    func changeableKey(_ name: KeyID) throws(KeyError) -> KeyRecord {
        let key = try key(name)
        if let deletion = deletions[key.id] { throw .pendingDeletion(name, deletion) }
        return key
    }
}

extension KeyError {
    /// Nothing may be done with a key that waits for its destruction, but to look at it and to cancel.
    static func pendingDeletion(_ name: KeyID, _ deletion: DeletionRecord) -> KeyError {
        KeyError(
            .pendingDeletion, "\(name.name) is pending deletion and will be destroyed on \(day(deletion.due))",
            hint: "coffer keys cancel-deletion \(name.name)")
    }
}
