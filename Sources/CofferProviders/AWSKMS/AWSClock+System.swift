import Glibc

extension AWSClock {
    /// The machine's clocks.
    public static let system: AWSClock = {
        let start = ContinuousClock.now
        return AWSClock(
            now: { Int64(time(nil)) }, passed: { ContinuousClock.now - start },
            wait: { try await Task.sleep(for: $0) })
    }()
}
