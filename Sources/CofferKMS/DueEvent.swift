public import Coffer
import CofferCrypto

/// What happened in a key store by itself, because its time had come.
public struct DueEvent: Hashable, Sendable {
    /// The kinds of such events.
    public enum Kind: String, Hashable, Sendable {
        /// A key was destroyed: its waiting period was over.
        case destroyed
        /// A key got a new version.
        case rotated
        /// Imported material went on the day that was given with it.
        case expired
    }

    /// A random UUID, the same for whoever records it, and however often that is tried.
    public let id: String
    /// What it was.
    public let kind: Kind
    /// The lasting id of the key.
    public let key: KeyID
    /// The version that a rotation made.
    public let version: Int?
    /// When it happened, in seconds since 1970.
    public let time: Int64
}

/// A record on which such events are put: the audit log, in tests a list.
public protocol DueRecord: Sendable {
    /// How many events it has by now, those of others included.
    var count: Int { get throws }

    /// Those of `ids` that are on it, looked for from the event with the number `index` on.
    func recorded(of ids: Set<String>, from index: Int) throws -> Set<String>

    /// Returns once `event` is durable, together with its id.
    func record(_ event: DueEvent) async throws
}

extension KeyStore {
    /// How many events a store keeps until they are on the record. Rotations wait while there are as many.
    static let dueEventLimit = 4096

    /// Whether something happened by itself that is not known to be on the record.
    public var hasDueEvents: Bool { get throws { try !tables().dueEvents.rows.isEmpty } }

    /// Puts on the record what happened by itself, in whichever process, and then forgets it.
    ///
    /// The change that did it has written the event into the store, so it outlives every process. Each is recorded once:
    /// one process at a time records, and notes in the store how long the record was before it began, so that whoever
    /// comes after one that was killed looks at what was appended since. It is recorded twice only where that part of the
    /// record is gone: pruned meanwhile, or put back to an earlier state. Where the store can't be written, or another
    /// process takes longer than ten seconds, the events wait for the next one who asks.
    public func recordDueEvents(on record: some DueRecord) async throws {
        guard try hasDueEvents else { return }
        do {
            try await PrivateFile.locked(folder: file.folder, patience: .seconds(10)) {
                try await recordPending(on: record)
            }
        } catch KeyError.Code.unavailable {}
    }

    /// Those that are pending now. Nobody else may be at it.
    private func recordPending(on record: some DueRecord) async throws {
        let count = try record.count
        let pending = try await change { edit in
            let rows = edit.tables.dueEvents.records.sorted { ($0.happened, $0.id) < ($1.happened, $1.id) }
            for var row in rows where row.tried == nil {
                row.tried = count
                edit.put(row)
            }
            return rows
        }
        let tried = pending.filter { $0.tried != nil }
        let known = try tried.compactMap(\.tried).min().map { start in
            try record.recorded(of: Set(tried.map(\.id)), from: start)
        }
        for row in pending where known?.contains(row.id) != true { try await record.record(row.event) }
        try await change { edit in
            for row in pending { edit.remove(DueEventRecord.self, row.id) }
        }
    }
}

extension Edit {
    /// Keeps what happened to `key` by itself until it is on the record.
    mutating func note(
        _ kind: DueEvent.Kind, _ key: KeyUUID, version: Int64 = 0, at now: Int64, _ randomness: Randomness
    ) {
        put(
            DueEventRecord(
                id: UUIDText.random(randomness), kind: kind, key: key, version: version, happened: now, tried: nil))
    }
}
