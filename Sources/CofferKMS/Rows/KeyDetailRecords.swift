/// That a key rotates by itself: how often, and when next.
struct RotationRecord: Record {
    static let table = Table(
        name: "rotations", columns: [("key", .text), ("days", .integer), ("next", .integer)], keyCount: 1, since: 3)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.rotations }

    let id: KeyUUID
    let days: Int64
    var next: Int64

    var values: [Cell] { [.text(id.description), .integer(days), .integer(next)] }
}

extension RotationRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .integer(let days) = values[1],
            case .integer(let next) = values[2], let key = KeyUUID(key), days > 0
        else { return nil }
        self.init(id: key, days: days, next: next)
    }
}

/// What people wrote of a key.
struct DescriptionRecord: Record {
    static let table = Table(
        name: "descriptions", columns: [("key", .text), ("description", .text)], keyCount: 1, since: 3)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.descriptions }

    let id: KeyUUID
    let text: String

    var values: [Cell] { [.text(id.description), .text(text)] }
}

extension DescriptionRecord {
    init?(_ values: [Cell]) {
        guard values.count == 2, case .text(let key) = values[0], case .text(let text) = values[1],
            let key = KeyUUID(key)
        else { return nil }
        self.init(id: key, text: text)
    }
}

/// A tag of a key.
struct TagRecord: Record {
    struct ID: Hashable, Sendable {
        let key: KeyUUID
        let name: String
    }

    static let table = Table(
        name: "tags", columns: [("key", .text), ("name", .text), ("value", .text)], keyCount: 2, since: 3)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.tags }

    let id: ID
    let value: String
    var owner: KeyUUID? { id.key }

    var values: [Cell] { [.text(id.key.description), .text(id.name), .text(value)] }
}

extension TagRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .text(let name) = values[1],
            case .text(let value) = values[2], let key = KeyUUID(key)
        else { return nil }
        self.init(id: ID(key: key, name: name), value: value)
    }
}

/// When a key was last used, and for what.
struct LastUseRecord: Record {
    static let table = Table(
        name: "last_uses", columns: [("key", .text), ("used", .integer), ("operation", .text)], keyCount: 1, since: 3)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.lastUses }

    let id: KeyUUID
    let used: Int64
    let operation: String

    var values: [Cell] { [.text(id.description), .integer(used), .text(operation)] }
}

extension LastUseRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .text(let key) = values[0], case .integer(let used) = values[1],
            case .text(let operation) = values[2], let key = KeyUUID(key)
        else { return nil }
        self.init(id: key, used: used, operation: operation)
    }
}
