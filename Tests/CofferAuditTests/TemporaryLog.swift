import Coffer
import CofferCrypto
import Glibc
import Synchronization

@testable import CofferAudit

/// A log in a folder of its own, which goes with it.
final class TemporaryLog: Sendable {
    let folder: String
    let key = AuditKey.random()
    /// Milliseconds that the log takes for the time.
    let now = Mutex<Int64>(1_763_730_000_000)
    let notices = Mutex<[String]>([])

    init(in parent: String = "/tmp") {
        folder = "\(parent)/coffer-audit-\(Hexadecimal.encode(Randomness.system.bytes(8)))"
    }

    deinit { TemporaryLog.remove(folder) }

    /// Options for tests: nothing happens by itself.
    var options: AuditLog.Options {
        var options = AuditLog.Options()
        options.mayCreate = true
        options.interval = nil
        options.lowSpace = 0
        options.reserve = 1 << 16
        options.clock = { [weak self] in self?.now.withLock { $0 } ?? 0 }
        options.notice = { [weak self] sentence in self?.notices.withLock { $0.append(sentence) } }
        return options
    }

    func open(_ change: (inout AuditLog.Options) -> Void = { _ in }) throws -> AuditLog {
        var options = options
        change(&options)
        return try AuditLog.open(at: folder, key: key, options: options)
    }

    /// The bytes of a file in it.
    func bytes(_ path: String) throws -> [UInt8] { try Files.read("\(folder)/\(path)") ?? [] }

    func write(_ path: String, _ bytes: [UInt8]) throws { try Files.replace("\(folder)/\(path)", bytes) }

    /// Every event in it.
    func events() throws -> [AuditEvent] {
        var events: [AuditEvent] = []
        try LogReader(folder, key.journal).read(from: 0) { _, entry in
            if let event = AuditEvent(decoding: Array(entry)) { events.append(event) }
            return true
        }
        return events
    }

    static func remove(_ path: String) {
        for name in Files.names(in: path) { remove("\(path)/\(name)") }
        if unsafe rmdir(path) != 0 { unsafe unlink(path) }
    }
}

/// An event for tests.
func sample(
    _ number: Int, name: String = "GenerateDataKey", phase: AuditEvent.Phase = .outcome, request: String? = nil,
    time: Int64 = 1_763_730_000_000, keyStore: KeyStoreState? = nil
) -> AuditEvent {
    AuditEvent(
        id: UUIDText.random(.system), time: time + Int64(number), source: "kms.amazonaws.com", name: name, phase: phase,
        principal: Principal(.user, arn: "arn:aws:iam::123456789012:user/etl", account: "123456789012", name: "etl"),
        sourceIP: "192.0.2.7", userAgent: "Boto3/1.40 md/Botocore#1.40", region: "eu-central-1",
        requestID: request ?? "request-\(number)", isReadOnly: true,
        resources: ["arn:aws:kms:eu-central-1:123456789012:key/3f9a1c9e-0000-4000-8000-000000000001"],
        parameters: .members(("encryptionContext", .texts(["dataset": "customers"])), ("number", .integer(number))),
        keyStore: keyStore)
}
