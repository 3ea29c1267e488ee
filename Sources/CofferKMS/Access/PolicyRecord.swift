/// The policy of a key, where it is not the default one.
struct PolicyRecord: Record {
    static let table = Table(
        name: "policies", columns: [("key", .text), ("document", .text)], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.policies }

    let id: KeyUUID
    let document: String

    var values: [Cell] { [.text(id.description), .text(document)] }
}

extension PolicyRecord {
    init?(_ values: [Cell]) {
        guard values.count == 2, case .text(let key) = values[0], case .text(let document) = values[1],
            let key = KeyUUID(key)
        else { return nil }
        self.init(id: key, document: document)
    }
}
