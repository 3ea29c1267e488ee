import Coffer
import CofferCrypto

extension AuditLog {
    /// An event of the log itself.
    func event(
        _ name: String, _ parameters: JSON = .object([]), error: (code: String, message: String)? = nil,
        sourceIP: String? = nil, keyStore: KeyStoreState? = nil
    ) -> AuditEvent {
        AuditEvent(
            id: UUIDText.random(.system), time: options.clock(), source: "coffer.audit", name: name,
            principal: Principal(
                .owner, arn: options.realm.root, account: options.realm.account, name: "audit-log"),
            sourceIP: sourceIP, region: options.realm.region, requestID: UUIDText.random(.system), isReadOnly: true,
            parameters: parameters, errorCode: error?.code, errorMessage: error?.message, keyStore: keyStore)
    }

    /// Puts on the record that the log begins here though there may have been one before.
    public func recordStart() async throws {
        try await record(event("AuditLogStarted", error: ("Restarted", "the log that was here before is gone")))
    }

    /// A process died while it wrote; what nobody was told of is cut off.
    func recovered(_ count: Int, _ digest: String) -> AuditEvent {
        event(
            "AuditLogRecovered", .members(("bytesCut", .integer(count)), ("sha256", .string(digest))),
            error: ("TornFrame", "the last process died while it wrote; nothing that was acknowledged is lost"))
    }
}
