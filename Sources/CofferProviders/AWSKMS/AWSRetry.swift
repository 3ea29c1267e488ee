import CofferCrypto

/// How often and how long a call is tried.
public struct AWSLimits: Hashable, Sendable {
    /// Tries of one call, the first included.
    public var attempts = 5
    /// For one try.
    public var attempt = Duration.seconds(10)
    /// For all of them and the waits between.
    public var total = Duration.seconds(60)
    /// The longest wait before the second try; it doubles from try to try.
    public var firstWait = Duration.milliseconds(100)
    /// The longest wait before any try.
    public var longestWait = Duration.seconds(5)

    /// The usual limits.
    public init() {}

    /// How long to wait before try number `attempt` (from 1, after the first): anything up to twice the last one's bound, so
    /// that clients that failed together don't come back together.
    func wait(before attempt: Int, randomness: Randomness) -> Duration {
        var bound = firstWait
        for _ in 1..<max(attempt, 1) where bound < longestWait { bound *= 2 }
        let draw = randomness.bytes(4).reduce(0) { $0 << 8 | Int64($1) }
        return min(bound, longestWait) * Double(draw) / Double(UInt32.max)
    }

    /// Has `body` try, within the time it is given, until it succeeds, throws, or tries and time are over; then the last
    /// failure it returned is thrown.
    func trying<Value>(
        _ clock: AWSClock, _ randomness: Randomness,
        _ body: (_ limit: Duration) async throws -> Result<Value, any Error>
    ) async throws -> Value {
        let end = clock.passed() + total
        var last: any Error = AWSUnreachable("there was no time to ask")
        for number in 0..<max(attempts, 1) {
            if number > 0 {
                let wait = wait(before: number, randomness: randomness)
                guard clock.passed() + wait < end else { break }
                try await clock.wait(wait)
            }
            let limit = min(attempt, end - clock.passed())
            guard limit > .zero else { break }
            switch try await body(limit) {
            case .success(let value): return value
            case .failure(let failure): last = failure
            }
        }
        throw last
    }
}

/// The time of day, the time that passes, and waiting; passed in, so that tests have their own.
public struct AWSClock: Sendable {
    let now: @Sendable () -> Int64
    let passed: @Sendable () -> Duration
    let wait: @Sendable (Duration) async throws -> Void

    /// A clock: seconds since 1970, time since any moment, and a wait.
    package init(
        now: @escaping @Sendable () -> Int64, passed: @escaping @Sendable () -> Duration,
        wait: @escaping @Sendable (Duration) async throws -> Void
    ) {
        (self.now, self.passed, self.wait) = (now, passed, wait)
    }
}
