public import Coffer
import CofferCrypto

/// One rotation of a key.
public struct KeyRotation: Hashable, Sendable {
    /// Why it happened, by the names AWS gives it.
    public enum Kind: String, Hashable, Sendable {
        /// It was due.
        case automatic = "AUTOMATIC"
        /// Somebody asked for it.
        case onDemand = "ON_DEMAND"
    }

    /// Why.
    public let kind: Kind
    /// When, in seconds since 1970.
    public let date: Int64
    /// The version that it made.
    public let version: Int
    /// The id of that version's material, 64 hexadecimal digits.
    public let materialID: String
}

extension KeyStore {
    /// How many days there may be between two rotations.
    public static let rotationDays = 90...2560
    /// How often a key may be rotated on demand.
    public static let rotationsOnDemand = 25

    /// Makes a new version, which wraps from now on; older versions still unwrap. Only AES keys that were made here: what
    /// was made under a MAC key could no longer be found or joined, and the others have one material for good.
    public func rotate(_ key: KeyID) async throws -> KeyDescription {
        let (randomness, now) = (randomness, clock())
        return try await change { edit in
            let record = try edit.tables.rotatableKey(key)
            let made = edit.tables.rotated.records(of: record.id).count { $0.kind == .onDemand }
            guard made < Self.rotationsOnDemand else {
                throw KeyError(
                    .limitExceeded, "\(key.name) was rotated on demand \(made) times, and that is all a key may be",
                    hint: "make a new key; coffer rewrap --to moves catalogues to it")
            }
            edit.rotate(record.id, .onDemand, at: now, randomness: randomness)
            return edit.tables.description(of: record)
        }
    }

    /// Has `key` rotate by itself every `days` days from now on; with nil no longer. A rotation happens with the first use
    /// of any key, or the first opening of the store, on its day or later. Only AES keys that were made here.
    ///
    /// Rotations wait where 4096 events are not on the record: see ``recordDueEvents(on:)``.
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

    /// The rotations of `key`, oldest first. One from before the store knew why has the kind `onDemand`.
    public func rotations(of key: KeyID) async throws -> [KeyRotation] {
        try await tend()
        let tables = try tables()
        let record = try tables.key(key)
        return tables.versions(of: record.id).filter { $0.id.number > 1 }.map { version in
            KeyRotation(
                kind: tables.rotated[version.id]?.kind ?? .onDemand, date: version.created,
                version: Int(version.id.number), materialID: materialID(record.id, version.material))
        }
    }
}

extension Tables {
    /// The key that `name` names, if it can get a new version.
    func rotatableKey(_ name: KeyID) throws(KeyError) -> KeyRecord {
        let record = try key(name)
        guard record.usage != .generateVerifyMAC else {
            throw KeyError(
                .unsupported, "\(name.name) is a MAC key, and MAC keys do not rotate",
                hint: "make a new one with coffer keys create --usage mac, and run the pipeline anew with it")
        }
        let (spec, origin) = (spec(of: record), origin(of: record))
        guard spec == .symmetricDefault else {
            throw KeyError(
                .unsupported, "\(name.name) is of the kind \(spec.rawValue), and such keys do not rotate",
                hint: "make a new key, and move to it")
        }
        guard origin == .generated else {
            throw KeyError(
                .unsupported, "\(name.name) has imported material, and such keys do not rotate",
                hint: "make a new key, and move to it")
        }
        if let deletion = deletions[record.id] { throw .pendingDeletion(name, deletion) }
        guard record.isEnabled else {
            throw KeyError(.disabled, "\(name.name) is disabled", hint: "coffer keys enable \(name.name)")
        }
        return record
    }
}

extension Edit {
    /// Gives an AES key a new version; returns its number.
    @discardableResult
    mutating func rotate(_ key: KeyUUID, _ kind: KeyRotation.Kind, at now: Int64, randomness: Randomness) -> Int64 {
        let number = addVersion(to: key, .make(of: 32, randomness), at: now, randomness: randomness)
        put(RotatedRecord(id: .init(key: key, number: number), kind: kind))
        return number
    }
}
