import Coffer
import CofferCrypto

/// A key: what it is for and whether it may be used.
struct KeyRecord: Record {
    static let table = Table(
        name: "keys",
        columns: [("id", .text), ("usage", .text), ("enabled", .integer), ("created", .integer)], keyCount: 1)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.keys }

    let id: KeyUUID
    let usage: KeyDescription.Usage
    var isEnabled: Bool
    let created: Int64
    /// The id as other modules know it.
    let keyID: KeyID
    /// It goes last of all.
    var owner: KeyUUID? { nil }

    init(id: KeyUUID, usage: KeyDescription.Usage, isEnabled: Bool, created: Int64) {
        (self.id, self.usage, self.isEnabled, self.created, keyID) = (id, usage, isEnabled, created, id.keyID)
    }

    var values: [Cell] {
        [.text(id.description), .text(usage.rawValue), .integer(isEnabled ? 1 : 0), .integer(created)]
    }
}

extension KeyRecord {
    init?(_ values: [Cell]) {
        guard values.count == 4, case .text(let id) = values[0], case .text(let usage) = values[1],
            case .integer(let enabled) = values[2], case .integer(let created) = values[3],
            let id = KeyUUID(id), let usage = KeyDescription.Usage(rawValue: usage)
        else { return nil }
        self.init(id: id, usage: usage, isEnabled: enabled == 1, created: created)
    }
}

/// One version of a key, with its material sealed under the root key.
struct VersionRecord: Record {
    struct ID: Hashable, Sendable {
        let key: KeyUUID
        let number: Int64
    }

    static let table = Table(
        name: "versions",
        columns: [
            ("key", .text), ("number", .integer), ("material", .blob), ("enabled", .integer), ("created", .integer),
            ("sealed", .blob),
        ], keyCount: 2)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.versions }

    let id: ID
    /// 16 random bytes that name the material in wrapped keys.
    let material: [UInt8]
    var isEnabled: Bool
    let created: Int64
    let sealed: [UInt8]
    var owner: KeyUUID? { id.key }

    var values: [Cell] {
        [
            .text(id.key.description), .integer(id.number), .blob(material), .integer(isEnabled ? 1 : 0),
            .integer(created), .blob(sealed),
        ]
    }
}

extension VersionRecord {
    init?(_ values: [Cell]) {
        guard values.count == 6, case .text(let key) = values[0], case .integer(let number) = values[1],
            case .blob(let material) = values[2], case .integer(let enabled) = values[3],
            case .integer(let created) = values[4], case .blob(let sealed) = values[5],
            let key = KeyUUID(key), material.count == 16, number >= 1
        else { return nil }
        self.init(
            id: ID(key: key, number: number), material: material, isEnabled: enabled == 1, created: created,
            sealed: sealed)
    }

    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> VersionRecord {
        VersionRecord(
            id: id, material: material, isEnabled: isEnabled, created: created,
            sealed: new.seal(try old.open(self), id, material, randomness))
    }
}

/// An alias and the key it points to.
struct AliasRecord: Record {
    static let table = Table(
        name: "aliases", columns: [("name", .text), ("key", .text), ("created", .integer)], keyCount: 1)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.aliases }

    let id: String
    let key: KeyUUID
    let created: Int64
    var owner: KeyUUID? { key }

    var values: [Cell] { [.text(id), .text(key.description), .integer(created)] }
}

extension AliasRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let name) = values[0], case .text(let key) = values[1],
            case .integer(let created) = values[2], let key = KeyUUID(key)
        else { return nil }
        self.init(id: name, key: key, created: created)
    }
}

/// A version of a key that a catalogue needs.
struct UseRecord: Record, Equatable {
    struct ID: Hashable, Sendable {
        let location: String
        let key: KeyUUID
        let version: Int64
    }

    static let table = Table(
        name: "catalogue_uses",
        columns: [
            ("location", .text), ("key", .text), ("version", .integer), ("catalogue", .text), ("dataset", .text),
        ], keyCount: 3)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.uses }

    let id: ID
    let catalogue: String
    let dataset: String
    var owner: KeyUUID? { id.key }

    var values: [Cell] {
        [.text(id.location), .text(id.key.description), .integer(id.version), .text(catalogue), .text(dataset)]
    }
}

extension UseRecord {
    init?(_ values: [Cell]) {
        guard values.count == 5, case .text(let location) = values[0], case .text(let key) = values[1],
            case .integer(let version) = values[2], case .text(let catalogue) = values[3],
            case .text(let dataset) = values[4], let key = KeyUUID(key)
        else { return nil }
        self.init(id: ID(location: location, key: key, version: version), catalogue: catalogue, dataset: dataset)
    }
}
