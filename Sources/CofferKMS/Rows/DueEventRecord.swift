import Coffer

/// Something that happened by itself and is not known to be on the record.
struct DueEventRecord: Record {
    static let table = Table(
        name: "due_events",
        columns: [
            ("id", .text), ("kind", .text), ("key", .text), ("version", .integer), ("happened", .integer),
            ("tried", .integer),
        ], keyCount: 1, since: 5)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.dueEvents }

    /// A random UUID.
    let id: String
    let kind: DueEvent.Kind
    let key: KeyUUID
    /// The version that a rotation made; 0 for others.
    let version: Int64
    let happened: Int64
    /// How many events the record had when somebody was about to record it; nil (in the file -1) while nobody was.
    var tried: Int?
    /// It outlives the key.
    var owner: KeyUUID? { nil }

    var event: DueEvent {
        DueEvent(id: id, kind: kind, key: key.keyID, version: version > 0 ? Int(version) : nil, time: happened)
    }

    var values: [Cell] {
        [
            .text(id), .text(kind.rawValue), .text(key.description), .integer(version), .integer(happened),
            .integer(Int64(tried ?? -1)),
        ]
    }
}

extension DueEventRecord {
    init?(_ values: [Cell]) {
        guard values.count == 6, case .text(let id) = values[0], case .text(let kind) = values[1],
            case .text(let key) = values[2], case .integer(let version) = values[3],
            case .integer(let happened) = values[4], case .integer(let tried) = values[5],
            let kind = DueEvent.Kind(rawValue: kind), let key = KeyUUID(key)
        else { return nil }
        self.init(
            id: id, kind: kind, key: key, version: version, happened: happened, tried: tried < 0 ? nil : Int(tried))
    }
}
