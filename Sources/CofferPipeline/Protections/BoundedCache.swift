import Synchronization

/// A cache of at most `capacity` values, of which the longest unused goes first.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var entries: [Key: (value: Value, lastUse: UInt64)] = [:]
        var clock: UInt64 = 0
    }

    let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        precondition(capacity > 0, "a cache holds something")
        self.capacity = capacity
    }

    var count: Int { state.withLock { $0.entries.count } }

    /// The value for `key`, which counts as a use.
    func value(for key: Key) -> Value? {
        state.withLock { state in
            guard let value = state.entries[key]?.value else { return nil }
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return value
        }
    }

    /// Adds a value and returns what had to go: about a tenth at once, so that making room is rare.
    func insert(_ value: Value, for key: Key) -> [(Key, Value)] {
        state.withLock { state in
            state.clock += 1
            state.entries[key] = (value, state.clock)
            guard state.entries.count > capacity else { return [] }
            let oldest = state.entries.filter { $0.key != key }.sorted { $0.value.lastUse < $1.value.lastUse }
                .prefix(max(1, capacity / 10))
            for (key, _) in oldest { state.entries[key] = nil }
            return oldest.map { ($0.key, $0.value.value) }
        }
    }
}
