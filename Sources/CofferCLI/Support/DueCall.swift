import Coffer
import CofferKMS

/// What happened in the store by itself, as the record has it: nobody's request, by the names AWS gives such events.
struct DueCall {
    let operation: String
    let arn: String
    let parameters: JSON
    /// For people.
    let sentence: String

    init(_ event: DueEvent, _ realm: Realm) {
        let key: KeyID
        var version: Int?
        switch event {
        case .destroyed(let destroyed): (operation, key) = ("DeleteKey", destroyed.key)
        case .rotated(let rotated, let number): (operation, key, version) = ("RotateKey", rotated, number)
        case .expired(let expired): (operation, key) = ("DeleteExpiredKeyMaterial", expired)
        }
        arn = realm.key(key.localName)
        parameters = .members(("keyId", .string(arn)), ("version", version.map { .integer($0) }))
        sentence = "\(operation) happened to \(arn)"
    }
}

extension CommandRecord {
    /// Puts on the record what happened in the store by itself.
    func record(_ event: DueEvent) async throws {
        let due = DueCall(event, realm)
        try await `guard`.record(call(due.operation, due.arn, due.parameters), error: nil)
    }
}
