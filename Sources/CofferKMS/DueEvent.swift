public import Coffer
import Synchronization

/// What happened in a key store by itself, because its time had come.
public enum DueEvent: Hashable, Sendable {
    /// A key was destroyed: its waiting period was over.
    case destroyed(DestroyedKey)
    /// A key got a new version.
    case rotated(KeyID, version: Int)
    /// Imported material went on the day that was given with it.
    case expired(KeyID)
}

extension KeyStore {
    /// What happened by itself in the changes of this process, since this was last asked: to be put on the record. The process
    /// whose change it was is told, and nobody else, so it is recorded once however many have the store open.
    public func takeDueEvents() -> [DueEvent] {
        dueEvents.withLock { events in
            defer { events = [] }
            return events
        }
    }

    /// Keeps what happened until it is asked for; of those that nobody asks for, the latest.
    func keep(_ events: [DueEvent]) {
        guard !events.isEmpty else { return }
        dueEvents.withLock { $0 = ($0 + events).suffix(4096) }
    }
}
