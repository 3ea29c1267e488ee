// Values per second on one core, a line of JSON each; `scripts/bench` sets the peers beside them.
for measurement in try await ProtectionBenchmarks().run() + CipherBenchmarks().run() + AuditBenchmarks().run() {
    print(measurement.json)
}
