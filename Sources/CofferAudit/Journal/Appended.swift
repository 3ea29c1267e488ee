import Synchronization

/// A frame that this process appended, so that it need not be read again.
struct Appended: Sendable {
    /// What the journal's reader knows before it.
    let path: String
    let start: Int
    let before: [UInt8]
    /// What it knows after it.
    let end: Int
    let chain: [UInt8]
    /// Its events.
    let first: Int
    let count: Int
    let body: [UInt8]
}

/// What this process appended since it was last made into tiles. When that is too much it is forgotten: the journal has it.
final class RecentFrames: Sendable {
    /// From this on, tiles are due.
    static let due = 4 << 20
    private static let limit = 4 * due

    private struct State: Sendable {
        var frames: [Appended] = []
        var byteCount = 0
    }

    private let state = Mutex(State())

    /// Adds what was appended; returns whether tiles are due.
    func add(_ frames: [Appended]) -> Bool {
        state.withLock { state in
            let before = state.byteCount
            state.frames += frames
            state.byteCount += frames.reduce(0) { $0 + $1.body.count }
            if state.byteCount > Self.limit { state.frames = [] }
            return before < Self.due && state.byteCount >= Self.due
        }
    }

    /// Takes all of it.
    func take() -> [Appended] {
        state.withLock { state in
            defer { state = State() }
            return state.frames
        }
    }
}
