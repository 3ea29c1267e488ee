import Coffer
import CofferKMS

extension Operation {
    static let deletion = [scheduleKeyDeletion, cancelKeyDeletion]

    private static let scheduleKeyDeletion = Operation(
        "ScheduleKeyDeletion", .change, [.key(), Member("PendingWindowInDays", .integer(KeyStore.deletionDays))]
    ) { call in
        let days = call.input.integer("PendingWindowInDays") ?? 30
        let key = try await call.key()
        let conditions = Conditions("kms:ScheduleKeyDeletionPendingWindowInDays", "\(days)")
        let scheduled = try await call.change(key, conditions, check: { try key.checkNotPendingDeletion() }) {
            let scheduled = try await call.store.scheduleDeletion(key.key, days: days)
            return (scheduled, response: .members(("deletionDate", scheduled.deletionDate.map { .integer($0) })))
        }
        return .members(
            ("KeyId", .string(key.arn)), ("DeletionDate", scheduled.deletionDate.map { .integer($0) }),
            ("KeyState", .string(scheduled.state.rawValue)), ("PendingWindowInDays", .integer(days)))
    }

    private static let cancelKeyDeletion = Operation("CancelKeyDeletion", .change, [.key()]) { call in
        let key = try await call.key()
        try await call.change(
            key,
            check: {
                guard key.description.state == .pendingDeletion else {
                    throw Failure.invalidState("\(key.arn) is not pending deletion.")
                }
            }
        ) { _ = try await call.store.cancelDeletion(key.key) }
        return .members(("KeyId", .string(key.arn)))
    }
}
