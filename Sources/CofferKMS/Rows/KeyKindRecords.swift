import Coffer
import CofferCrypto

/// What kind of key it is and where its material comes from, where that is not what goes without saying: AES-256 for
/// encryption, HMAC-SHA-256 for MACs, made here.
struct KeyKindRecord: Record {
    static let table = Table(
        name: "key_kinds", columns: [("key", .text), ("spec", .text), ("origin", .text)], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.kinds }

    let id: KeyUUID
    let spec: KeySpec
    let origin: KeyOrigin

    var values: [Cell] { [.text(id.description), .text(spec.rawValue), .text(origin.rawValue)] }
}

extension KeyKindRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .text(let spec) = values[1],
            case .text(let origin) = values[2], let key = KeyUUID(key), let spec = KeySpec(rawValue: spec),
            let origin = KeyOrigin(rawValue: origin)
        else { return nil }
        self.init(id: key, spec: spec, origin: origin)
    }
}

/// The material that was imported into a key, whether it is there or was deleted since: only the same may come again.
struct ImportRecord: Record {
    static let table = Table(
        name: "imports",
        columns: [
            ("key", .text), ("material", .blob), ("proof", .blob), ("expires", .integer), ("erased", .integer),
        ], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.imports }

    let id: KeyUUID
    /// The 16 bytes that name the material in wrapped keys.
    let material: [UInt8]
    /// A digest of the material, sealed under the root key.
    let proof: [UInt8]
    /// Seconds since 1970; 0 if never.
    var expires: Int64
    /// Whether nothing of material that was deleted is in the file and its journal any more.
    var isErased: Bool

    var values: [Cell] {
        [.text(id.description), .blob(material), .blob(proof), .integer(expires), .integer(isErased ? 1 : 0)]
    }
}

extension ImportRecord {
    init?(_ values: [Cell]) {
        guard values.count == 5, case .text(let key) = values[0], case .blob(let material) = values[1],
            case .blob(let proof) = values[2], case .integer(let expires) = values[3],
            case .integer(let erased) = values[4], let key = KeyUUID(key), material.count == 16
        else { return nil }
        self.init(id: key, material: material, proof: proof, expires: expires, isErased: erased == 1)
    }

    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> ImportRecord {
        ImportRecord(
            id: id, material: material, proof: new.seal(try old.open(self), importedInto: id, material, randomness),
            expires: expires, isErased: isErased)
    }
}

/// How a version of a key came to be, if not with the key itself. Versions from before version 4 of the store have none.
struct RotatedRecord: Record {
    static let table = Table(
        name: "rotated", columns: [("key", .text), ("number", .integer), ("kind", .text)], keyCount: 2, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.rotated }

    let id: VersionRecord.ID
    let kind: KeyRotation.Kind
    var owner: KeyUUID? { id.key }

    var values: [Cell] { [.text(id.key.description), .integer(id.number), .text(kind.rawValue)] }
}

extension RotatedRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .integer(let number) = values[1],
            case .text(let kind) = values[2], let key = KeyUUID(key), let kind = KeyRotation.Kind(rawValue: kind)
        else { return nil }
        self.init(id: VersionRecord.ID(key: key, number: number), kind: kind)
    }
}

/// When an alias was last pointed to another key.
struct AliasUpdateRecord: Record {
    static let table = Table(
        name: "alias_updates", columns: [("name", .text), ("updated", .integer)], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.aliasUpdates }

    let id: String
    let updated: Int64
    /// It goes with its alias.
    var owner: KeyUUID? { nil }

    var values: [Cell] { [.text(id), .integer(updated)] }
}

extension AliasUpdateRecord {
    init?(_ values: [Cell]) {
        guard values.count == 2, case .text(let name) = values[0], case .integer(let updated) = values[1] else {
            return nil
        }
        self.init(id: name, updated: updated)
    }
}
