/// A key that is to be destroyed, and when.
struct DeletionRecord: Record {
    static let table = Table(
        name: "deletions", columns: [("key", .text), ("requested", .integer), ("due", .integer)], keyCount: 1, since: 2)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.deletions }

    let id: KeyUUID
    let requested: Int64
    let due: Int64

    var values: [Cell] { [.text(id.description), .integer(requested), .integer(due)] }
}

extension DeletionRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .integer(let requested) = values[1],
            case .integer(let due) = values[2], let key = KeyUUID(key)
        else { return nil }
        self.init(id: key, requested: requested, due: due)
    }
}

/// A key that was destroyed. It is kept for good, so that a backup does not bring the key back.
struct DestructionRecord: Record {
    static let table = Table(
        name: "destructions", columns: [("key", .text), ("destroyed", .integer), ("erased", .integer)], keyCount: 1,
        since: 2)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.destructions }

    let id: KeyUUID
    let destroyed: Int64
    /// Whether its material is known to be gone from the file and its journal too.
    var isErased: Bool
    /// It outlives the key.
    var owner: KeyUUID? { nil }

    var values: [Cell] { [.text(id.description), .integer(destroyed), .integer(isErased ? 1 : 0)] }
}

extension DestructionRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .integer(let destroyed) = values[1],
            case .integer(let erased) = values[2], let key = KeyUUID(key)
        else { return nil }
        self.init(id: key, destroyed: destroyed, isErased: erased == 1)
    }
}
