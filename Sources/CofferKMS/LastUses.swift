import Synchronization

/// When keys were last used, until that is written to the store: at most once a minute, so that no operation waits for it.
final class LastUses: Sendable {
    struct Use: Sendable {
        let seconds: Int64
        let operation: KeyOperation
    }

    private struct State {
        var uses: [KeyUUID: Use] = [:]
        var written: Int64
    }

    static let interval: Int64 = 60
    private let state: Mutex<State>

    init(since now: Int64) { state = Mutex(State(written: now)) }

    /// Remembers a use; true when it is time to write.
    func note(_ key: KeyUUID, _ operation: KeyOperation, at now: Int64) -> Bool {
        state.withLock { state in
            state.uses[key] = Use(seconds: now, operation: operation)
            guard now - state.written >= Self.interval else { return false }
            state.written = now
            return true
        }
    }

    /// What is to be written; it is forgotten here.
    func take() -> [KeyUUID: Use] {
        state.withLock { state in
            defer { state.uses = [:] }
            return state.uses
        }
    }
}

extension KeyStore {
    /// Writes when keys were last used. A store that can't be written just now loses that, and nothing else.
    public func close() {
        let uses = lastUses.take()
        guard !uses.isEmpty else { return }
        try? changeAtOnce { $0.put(uses) }
    }

    /// Remembers that `key` was used.
    func noteUse(of key: KeyUUID, _ operation: KeyOperation) {
        guard lastUses.note(key, operation, at: clock()) else { return }
        Task.detached(priority: .background) {
            let uses = self.lastUses.take()
            try? await self.change { $0.put(uses) }
        }
    }
}

extension Edit {
    fileprivate mutating func put(_ uses: [KeyUUID: LastUses.Use]) {
        for (key, use) in uses where tables.keys[key] != nil {
            guard use.seconds > tables.lastUses[key]?.used ?? 0 else { continue }
            put(LastUseRecord(id: key, used: use.seconds, operation: use.operation.rawValue))
        }
    }
}
