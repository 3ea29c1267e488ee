import Synchronization

/// A wish to stop, from a signal or a user; ends blocked calls of sources and destinations.
package final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var handlers: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    /// Nothing is cancelled yet.
    package init() {}

    /// Whether somebody wants to stop.
    package var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Runs `handler` when, or if already, somebody wants to stop.
    package func onCancel(_ handler: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if !state.isCancelled { state.handlers.append(handler) }
            return state.isCancelled
        }
        if now { handler() }
    }

    /// Stops. May be called from any thread, again and again.
    package func cancel() {
        let handlers = state.withLock { state in
            state.isCancelled = true
            defer { state.handlers = [] }
            return state.handlers
        }
        for handler in handlers { handler() }
    }

    /// What a cancelled run ends with.
    package static let error = PipelineError(.interrupted, "interrupted; nothing was changed")

    /// Throws where somebody wants to stop.
    func check() throws {
        if isCancelled { throw Self.error }
    }
}

/// How far a run is. Read by whoever shows it.
package final class RunProgress: Sendable {
    private let state = Mutex<(rows: Int, expected: Int?)>((0, nil))

    /// Nothing has been done.
    package init() {}

    /// Rows protected so far.
    package var rows: Int { state.withLock { $0.rows } }
    /// All rows, where that is known.
    package var expected: Int? { state.withLock { $0.expected } }

    func add(_ rows: Int) { state.withLock { $0.rows += rows } }
    func expect(_ rows: Int?) { state.withLock { $0.expected = rows } }
}
