import Coffer
import CofferAudit
import CofferCrypto
import FoundationEssentials

/// The audit log: how many events become durable in a second, in batches and from callers who wait one by one. Writes
/// under `$TMPDIR`, which should be the disk that is meant.
struct AuditBenchmarks {
    func run() async throws -> [Measurement] {
        let encoding = measure(.other, "audit event as JSON", count: 1000) {
            for number in 0..<1000 where Self.event(number).encoded.isEmpty {
                preconditionFailure("an event has bytes")
            }
        }
        return [
            encoding,
            try await measured("audit events durable, batches of 1000", goal: 100_000) { log in
                for _ in 0..<50 { try await log.record((0..<1000).map(Self.event)) }
                return 50_000
            },
            try await measured("audit events durable, 64 callers", goal: nil) { log in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 {
                        group.addTask { for number in 0..<200 { try await log.record(Self.event(number)) } }
                    }
                    try await group.waitForAll()
                }
                return 64 * 200
            },
            try await measured("audit events durable, 1 caller", goal: nil) { log in
                for number in 0..<1000 { try await log.record(Self.event(number)) }
                return 1000
            },
        ]
    }

    /// The best of three, tiles and checkpoint included.
    private func measured(
        _ name: String, goal: Double?, _ body: (AuditLog) async throws -> Int
    ) async throws -> Measurement {
        var best = 0.0
        for round in 0..<3 {
            let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
            let folder = "\(parent)/coffer-audit-bench-\(UUIDText.random(.system))-\(round)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var options = AuditLog.Options()
            options.mayCreate = true
            let log = try AuditLog.open(at: folder, key: .random(), options: options)
            let start = ContinuousClock.now
            let count = try await body(log)
            await log.close()
            best = max(best, Double(count) / ((ContinuousClock.now - start) / .seconds(1)))
        }
        return Measurement(purpose: .other, name: name, perSecond: best, goal: goal)
    }

    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            id: UUIDText.random(.system), time: AuditClock.milliseconds, source: "kms.amazonaws.com",
            name: "GenerateDataKey",
            principal: Principal(
                .user, arn: "arn:aws:iam::123456789012:user/etl", account: "123456789012", name: "etl",
                accessKeyID: "AKIAIOSFODNN7EXAMPLE"), sourceIP: "192.0.2.7",
            userAgent: "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1", region: "eu-central-1", requestID: "r-\(number)",
            isReadOnly: true,
            resources: ["arn:aws:kms:eu-central-1:123456789012:key/3f9a1c9e-0000-4000-8000-000000000001"],
            parameters: .members(
                ("keySpec", "AES_256"), ("encryptionContext", .texts(["dataset": "customers", "purpose": "cells"]))),
            keyStore: KeyStoreState(generation: 41, root: String(repeating: "ab", count: 32)))
    }
}
