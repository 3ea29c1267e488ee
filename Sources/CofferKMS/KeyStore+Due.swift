import Coffer
import CofferCrypto
import FoundationEssentials
import Synchronization

extension KeyStore {
    /// Destroys the keys whose waiting period is over and sees to it that nothing of their material is left in the file
    /// and its journal. Throws where another process keeps that from happening; the keys are gone all the same.
    public func destroyDue() async throws -> [DestroyedKey] {
        let destroyed = try await change { edit in edit.destroyed }
        guard try await erase() else {
            throw KeyError(
                .unavailable, "another process is reading the key store, so what was destroyed is still in its journal",
                hint: "coffer keys destroy-due, when that process is done")
        }
        return destroyed
    }

    /// The keys whose waiting period was over when the store was opened, and that were destroyed then.
    public var destroyedAtOpen: [DestroyedKey] { atOpen.withLock { $0 } }

    /// Before an operation: does what is due. A store that can't be written serves what it can.
    func tend() async throws {
        guard clock() >= nextDue else { return }
        do { try await change { _ in } } catch KeyError.Code.unavailable {}
    }

    /// The same when a store is opened; then also erases what a process that was killed had no time to.
    func tendAtOpen() throws {
        do {
            if clock() >= nextDue {
                let destroyed = try changeAtOnce { $0.destroyed }
                atOpen.withLock { $0 = destroyed }
            }
            let remains = try tables().remains
            guard !remains.isEmpty, try file.erase() else { return }
            try changeAtOnce { $0.markErased(remains) }
        } catch KeyError.Code.unavailable {}
    }

    /// Erases what was destroyed; false where another process is in the way.
    @discardableResult
    func erase() async throws -> Bool {
        let remains = try tables().remains
        guard !remains.isEmpty else { return true }
        guard try file.erase() else { return false }
        try await change { $0.markErased(remains) }
        return true
    }
}

extension Tables {
    /// When something is due: the first end of a waiting period, the first rotation of a key that is enabled.
    var nextDue: Int64 {
        let isWaiting = isFullOfDueEvents
        let rotations = rotations.records.filter { !isWaiting && keys[$0.id]?.isEnabled == true }.map(\.next)
        let expirations = expiringImports.map(\.expires)
        return min(
            deletions.records.map(\.due).min() ?? .max, rotations.min() ?? .max, expirations.min() ?? .max,
            tokenKeys.records.map(\.until).min() ?? .max)
    }

    /// The imports whose material is there, and expires.
    fileprivate var expiringImports: [ImportRecord] {
        imports.records.filter { $0.expires > 0 && versions.count(of: $0.id) > 0 }
    }

    /// Whether rotations wait until what happened is on the record.
    var isFullOfDueEvents: Bool { dueEvents.rows.count >= KeyStore.dueEventLimit }

    /// Whose material is gone but may still be in the file or its journal.
    fileprivate var remains: Remains {
        Remains(
            destructions: destructions.records.filter { !$0.isErased }, imports: imports.records.filter { !$0.isErased }
        )
    }
}

extension Edit {
    /// What happens by itself when its time has come.
    mutating func doWhatIsDue(at now: Int64, randomness: Randomness) {
        for deletion in tables.deletions.records.filter({ $0.due <= now }) {
            guard let key = tables.keys[deletion.id] else { continue }
            destroy(key, at: now)
            note(.destroyed, key.id, at: now, randomness)
        }
        for record in tables.expiringImports where record.expires <= now {
            removeMaterial(of: record)
            note(.expired, record.id, at: now, randomness)
        }
        for key in tables.tokenKeys.records.filter({ $0.until <= now }) { remove(TokenKeyRecord.self, key.id) }
        for var rotation in tables.rotations.records.filter({ $0.next <= now }) {
            // A disabled key rotates when it is enabled again; one that missed several days rotates once.
            guard tables.keys[rotation.id]?.isEnabled == true, !tables.isFullOfDueEvents else { continue }
            let version = rotate(rotation.id, .automatic, at: now, randomness: randomness)
            note(.rotated, rotation.id, version: version, at: now, randomness)
            let period = rotation.days * 86400
            rotation.next += (now - rotation.next) / period * period + period
            put(rotation)
        }
    }

    fileprivate mutating func markErased(_ remains: Remains) {
        for var row in remains.destructions {
            row.isErased = true
            put(row)
        }
        for found in remains.imports {
            // Meanwhile the same material may have come again, and gone.
            guard var row = tables.imports[found.id], !row.isErased else { continue }
            row.isErased = true
            put(row)
        }
    }
}

/// Keys that were destroyed and imports that were deleted, before they are erased.
private struct Remains {
    let destructions: [DestructionRecord]
    let imports: [ImportRecord]
    var isEmpty: Bool { destructions.isEmpty && imports.isEmpty }
}

/// `2026-11-20`.
func day(_ seconds: Int64) -> String {
    String(Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).prefix(10))
}
