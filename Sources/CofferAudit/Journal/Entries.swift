import Coffer

/// Events on their way, as the journal and the bundles of the tree have them: each behind its length in two bytes.
struct Entries: Sendable {
    /// What the journal must know of an event beside its bytes.
    struct Mark: Sendable {
        let phase: AuditEvent.Phase
        let requestID: String
    }

    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []
    /// The key store as the last of them has it.
    private(set) var keyStore: KeyStoreState?

    var count: Int { marks.count }

    init(_ event: AuditEvent) { append(event) }

    private init(_ events: ArraySlice<AuditEvent>) {
        bytes.reserveCapacity(events.count * 1280)
        marks.reserveCapacity(events.count)
        for event in events { append(event) }
    }

    /// How many events are worth a second core.
    private static let share = 128

    /// Events as bytes; many are shared out between two cores.
    static func encode(_ events: [AuditEvent]) async -> [Entries] {
        guard events.count >= 2 * share else { return [Entries(events[...])] }
        let middle = events.count / 2
        async let second = Entries(events[middle...])
        let first = Entries(events[..<middle])
        return [first, await second]
    }

    /// Appends an event, cut down where it has more than an entry of the log can have.
    private mutating func append(_ event: AuditEvent) {
        let start = bytes.count
        bytes.append(0, bytes: 2)
        event.write(to: &bytes)
        if bytes.count - start - 2 > 0xffff {
            bytes.removeSubrange((start + 2)...)
            var small = event
            small.parameters = .members(("omittedBytes", .integer(event.encoded.count)))
            small.response = nil
            small.resources = Array(event.resources.prefix(16))
            small.write(to: &bytes)
        }
        let count = bytes.count - start - 2
        (bytes[start], bytes[start + 1]) = (UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count))
        marks.append(Mark(phase: event.phase, requestID: event.requestID))
        keyStore = event.keyStore ?? keyStore
    }
}
