import Coffer
import CofferAudit
import CofferKMS

/// What happens in the store by itself goes on the record by the names AWS gives such events; its id is that of the request.
extension CommandRecord: DueRecord {
    var count: Int { get throws { try log.count } }

    func recorded(of ids: Set<String>, from index: Int) throws -> Set<String> {
        try log.requests(among: ids, from: index)
    }

    func record(_ event: DueEvent) async throws {
        let arn = realm.key(event.key.localName)
        let parameters = JSON.members(
            ("keyId", .string(arn)), ("version", event.version.map { .integer($0) }),
            ("happened", .string(EventTime.text(event.time * 1000))))
        try await `guard`.record(call(event.kind.operation, arn, parameters, requestID: event.id), error: nil)
    }
}

extension DueEvent.Kind {
    fileprivate var operation: String {
        switch self {
        case .destroyed: "DeleteKey"
        case .rotated: "RotateKey"
        case .expired: "DeleteExpiredKeyMaterial"
        }
    }
}
