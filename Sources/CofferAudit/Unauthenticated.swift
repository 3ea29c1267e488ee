import Coffer
import Glibc
import Synchronization

/// Refusals of callers who did not say who they are, counted by network and code until they become one event each.
struct UnauthenticatedCounts: Sendable {
    struct Key: Hashable, Sendable {
        let code: String
        let network: String
    }

    struct Count: Sendable {
        var count = 0
        var first: Int64 = 0
        var last: Int64 = 0
        /// Why the first was refused.
        var reason = ""
    }

    /// How many kinds are told apart; what comes on top is counted together.
    static let limit = 256
    private(set) var counts: [Key: Count] = [:]
    private(set) var since: Int64?

    mutating func add(code: String, reason: String, sourceIP: String?, at time: Int64) {
        var key = Key(code: code, network: sourceIP.map(Self.network) ?? "localhost")
        if counts[key] == nil, counts.count >= Self.limit { key = Key(code: "Other", network: "other") }
        var count = counts[key] ?? Count(count: 0, first: time, last: time, reason: reason)
        count.count += 1
        (count.first, count.last) = (min(count.first, time), max(count.last, time))
        counts[key] = count
        since = since ?? time
    }

    /// Takes what was counted, where it is a minute old or `isDue`.
    mutating func take(at time: Int64, isDue: Bool) -> [Key: Count] {
        guard let start = since, isDue || time - start >= 60_000 || time < start else { return [:] }
        defer { (counts, since) = ([:], nil) }
        return counts
    }

    /// The network of an address: 24 bits of IPv4, 64 of IPv6.
    static func network(of address: String) -> String {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, address, &four) == 1 {
            return address.split(separator: ".").prefix(3).joined(separator: ".") + ".0/24"
        }
        var six = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, address, &six) == 1 else { return "unknown" }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(six[$0]) << 8 | Int(six[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }
}

extension AuditLog {
    /// Counts the refusal of somebody who is not known: a missing, unknown or wrong signature. One event a minute for each
    /// source network and code says how many, so that no stranger fills the disk, and the first one's `reason`. Costs less
    /// than a microsecond.
    public func recordUnauthenticated(code: String, reason: String? = nil, sourceIP: String?) {
        let (time, reason) = (options.clock(), reason ?? "callers who are not known were refused")
        unauthenticated.withLock { $0.add(code: code, reason: reason, sourceIP: sourceIP, at: time) }
    }

    /// Records what was counted.
    func flushUnauthenticated(isDue: Bool = true) async throws {
        let time = options.clock()
        let counts = unauthenticated.withLock { $0.take(at: time, isDue: isDue) }
        let events = counts.sorted { $0.value.first < $1.value.first }.map { key, count in
            var event = event(
                "UnauthenticatedRequests",
                .members(
                    ("count", .integer(count.count)), ("first", .string(EventTime.text(count.first))),
                    ("last", .string(EventTime.text(count.last)))),
                error: (key.code, count.reason), sourceIP: key.network)
            event.source = "kms.amazonaws.com"
            event.principal = nil
            return event
        }
        try await record(events)
    }
}
