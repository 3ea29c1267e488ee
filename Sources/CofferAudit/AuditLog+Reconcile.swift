public import Coffer
import Synchronization

extension AuditLog {
    /// Compares the record with the key store as it is, at the start of a process. Says and records what it finds: changes
    /// that were announced by a process that died, with what became of them as far as the store tells, and a key store
    /// that is older than the last event says, or another one. Returns one sentence for each.
    ///
    /// `keyStore` is asked after the record was read, so a change that another process makes meanwhile is no finding.
    @discardableResult
    public func reconcile(keyStore: @Sendable () throws -> KeyStoreState?) async throws -> [String] {
        let known = try snapshot()
        let now = try keyStore()
        var events: [AuditEvent] = []
        if let last = known.state, let now, let event = rollback(from: last, to: now) { events.append(event) }
        // Of a writer who is no more nothing can come any longer: what is open after that is known stays open.
        var claims: [Int: FileLock] = [:]
        for gone in Set(known.open.map(\.writer)) where gone != writer { claims[gone] = Writers.claim(folder, gone) }
        defer { for gone in claims.keys { Files.remove(Writers.path(folder, gone)) } }
        let open = claims.isEmpty ? [] : try snapshot().open
        for note in open where claims[note.writer] != nil {
            // An intent that was pruned meanwhile has no event any more to take names from.
            guard let intent = try LogReader(folder, key.journal).event(at: note.index) else { continue }
            events.append(interrupted(intent, now))
        }
        try await record(events)
        return events.compactMap(\.errorMessage)
    }

    private func snapshot() throws -> (state: KeyStoreState?, open: [Frame.Note]) {
        do {
            return try journal.withLock { journal in
                try journal.locked { journal in
                    (journal.state, journal.intents.values.sorted { $0.index < $1.index })
                }
            }
        } catch {
            throw Self.sentence(error)
        }
    }

    /// The store shows an earlier state than the record, or another one of the same age.
    private func rollback(from last: KeyStoreState, to now: KeyStoreState) -> AuditEvent? {
        let parameters = JSON.members(
            ("recordedGeneration", .integer(last.generation)), ("recordedRoot", .string(last.root)),
            ("foundGeneration", .integer(now.generation)), ("foundRoot", .string(now.root)))
        if now.generation < last.generation {
            return event(
                "KeyStoreRolledBack", parameters,
                error: (
                    "RolledBack",
                    "the key store was rolled back: it is at generation \(now.generation), and the record has \(last.generation)"
                ), keyStore: now)
        }
        guard now.generation == last.generation, now.root != last.root else { return nil }
        return event(
            "KeyStoreReplaced", parameters,
            error: (
                "Replaced",
                "the key store is not the one of the record: generation \(now.generation) has other rows"
            ), keyStore: now)
    }

    /// The outcome of a change whose process died.
    private func interrupted(_ intent: AuditEvent, _ now: KeyStoreState?) -> AuditEvent {
        var event = intent
        let own = self.event("")
        (event.id, event.time, event.phase, event.keyStore) = (own.id, own.time, .outcome, now)
        event.errorCode = "Interrupted"
        guard let before = intent.keyStore, let now else {
            event.errorMessage = "the process that announced \(intent.name) died; what became of it is not known"
            return event
        }
        event.errorMessage =
            now.generation <= before.generation
            ? "the process that announced \(intent.name) died before it was done: the key store is as it was"
            : "the process that announced \(intent.name) died; the key store went from generation "
                + "\(before.generation) to \(now.generation) since, so it may have been done"
        return event
    }
}
