// Values per second on one core, a line of JSON each; `scripts/bench` sets the peers beside them. With `audit`, events per
// second of the audit log, and signed requests, alone.
let isAuditOnly = CommandLine.arguments.contains("audit")
let fields = isAuditOnly ? [] : try await ProtectionBenchmarks().run() + CipherBenchmarks().run()
for measurement in try await fields + [SignatureBenchmarks().run()] + AuditBenchmarks().run() {
    print(measurement.json)
}
