import GRDB
import Synchronization

/// The newest state of the store that this process knows, shared by all who use it.
final class CurrentState: Sendable {
    private struct Known: Sendable {
        var state: StoredState
        var dataVersion: Int
        /// What a change of our own will have made of the store, once it is on the disk: a reader who finds it there need
        /// not verify what was just made of verified rows. A change that comes to nothing is never found.
        var expected: StoredState?
        /// When the file was last found to hold no more than this, and for how long that is taken to be so.
        var looked = ContinuousClock.now
        var interval = Duration.zero
    }

    private let known: Mutex<Known>

    init(_ state: StoredState, dataVersion: Int) { known = Mutex(Known(state: state, dataVersion: dataVersion)) }

    var state: StoredState { known.withLock { $0.state } }

    /// How long a look at the file holds; at first not at all.
    func setInterval(_ interval: Duration) { known.withLock { $0.interval = interval } }

    /// The state, if the file was looked at just now.
    var recentState: StoredState? {
        known.withLock { known in
            guard known.interval > .zero, ContinuousClock.now - known.looked < known.interval else { return nil }
            return known.state
        }
    }

    /// The state, if nobody has changed the file since SQLite gave it this number, which it did at `time`.
    func state(at dataVersion: Int, _ time: ContinuousClock.Instant) -> StoredState? {
        known.withLock { known in
            guard known.dataVersion == dataVersion else { return nil }
            known.looked = time
            return known.state
        }
    }

    /// Remembers that the file with this number, at `time`, holds what is known, or something newer.
    func note(_ dataVersion: Int, _ time: ContinuousClock.Instant) {
        known.withLock { ($0.dataVersion, $0.looked) = (dataVersion, time) }
    }

    func expect(_ state: StoredState) { known.withLock { $0.expected = state } }

    /// Takes over `state` unless it is an earlier one.
    func adopt(_ state: StoredState) -> Bool {
        known.withLock { known in
            guard state.root.generation >= known.state.root.generation else { return false }
            known.state = state
            if known.expected?.root == state.root { known.expected = nil }
            return true
        }
    }

    /// What the file holds: known already, or read and verified. `seen` was known before the transaction of `db` began: the
    /// file has not gone back behind that, though what it shows here may be older than what is known by now.
    func latest(_ db: Database, _ source: RootSeal, since seen: StoredState) throws -> StoredState {
        let root = try StoredState.rootRow(db)
        let (state, expected) = known.withLock { ($0.state, $0.expected) }
        if state.root == root { return state }
        if let expected, expected.root == root { return expected }
        return try StoredState.read(db, after: seen, source)
    }
}
