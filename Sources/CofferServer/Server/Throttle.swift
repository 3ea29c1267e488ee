import Synchronization

/// How often each identity may ask: a bucket of tokens that fills steadily.
final class Throttle: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Int64
    }

    private let limit: ServerSettings.Throttle
    private let buckets = Mutex<[String: Bucket]>([:])
    private static let capacity = 20_000

    init(_ limit: ServerSettings.Throttle) { self.limit = limit }

    /// Whether `identity` may ask once more, at a time in milliseconds.
    func admits(_ identity: String, at now: Int64) -> Bool {
        buckets.withLock { buckets in
            var bucket = buckets[identity] ?? Bucket(tokens: Double(limit.burst), time: now)
            let passed = Double(max(now - bucket.time, 0)) / 1000
            bucket.tokens = min(Double(limit.burst), bucket.tokens + passed * Double(limit.rate))
            bucket.time = now
            let isAdmitted = bucket.tokens >= 1
            if isAdmitted { bucket.tokens -= 1 }
            if buckets.count >= Self.capacity, buckets[identity] == nil { buckets.removeAll(keepingCapacity: true) }
            buckets[identity] = bucket
            return isAdmitted
        }
    }
}
