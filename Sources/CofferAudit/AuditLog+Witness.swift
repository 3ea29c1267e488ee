import Coffer
import CofferCrypto
import Synchronization

/// What was sent outside.
struct Sent: Sendable {
    var file: Checkpoint?
    var fileTime: ContinuousClock.Instant?
    var pushed: Checkpoint?
    var pushTime: ContinuousClock.Instant?
    /// The push that is under way.
    var pushing: Task<Void, Never>?
    /// Why the last push failed.
    var trouble: String?
}

extension AuditLog {
    /// Refuses a log that is shorter or another than the checkpoint its witness has.
    func checkWitness(next: Int) throws {
        guard let path = options.witness, let note = try Files.read(path), !note.isEmpty else { return }
        guard let witnessed = Checkpoint(note, by: verifier) else {
            throw AuditError(
                .altered, "\(path) is no checkpoint of this log",
                hint: "set COFFER_AUDIT_WITNESS to a file of this log alone")
        }
        try check(against: witnessed, next: next, hint: "coffer audit verify --checkpoint \(path)")
    }

    /// Refuses a log that does not continue `note`, a checkpoint that somebody at `name` kept. To be called once the log is
    /// open, where that somebody can be asked.
    public func check(witnessed note: [UInt8], by name: String) throws {
        guard let witnessed = Checkpoint(note, by: verifier) else {
            throw AuditError(.altered, "what \(name) has is no checkpoint of this log", hint: "check audit.witness")
        }
        do {
            let next = try journal.withLock { try $0.locked { $0.next } }
            try check(against: witnessed, next: next, hint: "coffer audit verify")
        } catch {
            throw Self.sentence(error)
        }
    }

    /// Refuses a log that does not continue what a checkpoint from elsewhere says.
    private func check(against witnessed: Checkpoint, next: Int, hint: String) throws {
        guard witnessed.size <= next else {
            throw AuditError(
                .rolledBack,
                "the audit log was rolled back: it has \(next) events, and had \(witnessed.size) when they were witnessed",
                hint: hint)
        }
        guard let current = try currentCheckpoint(), witnessed.size <= current.size else { return }
        let tree = try Tree(size: witnessed.size) { path throws(FileFailure) in
            try Files.read("\(folder)/\(path)")
        }
        guard let tree, tree.root == witnessed.root else {
            throw AuditError(
                .altered, "the audit log is not the one that was witnessed at \(witnessed.size) events", hint: hint)
        }
    }

    var verifier: NoteVerifier { NoteVerifier(name: key.name, publicKey: key.signer.publicKey) }

    /// The checkpoint on disk; nil where there is none yet.
    func currentCheckpoint() throws -> Checkpoint? {
        guard let note = try Files.read("\(folder)/checkpoint"), !note.isEmpty else { return nil }
        return Checkpoint(note, by: verifier)
    }

    /// Writes the last checkpoint to the witness that is a file, if it is time.
    func writeCheckpoint(isLast: Bool = false) {
        guard let path = options.witness, let checkpoint = try? currentCheckpoint() else { return }
        let isTime = sent.withLock { sent in
            guard sent.file != checkpoint, isLast || isDue(sent.fileTime) else { return false }
            sent.fileTime = .now
            return true
        }
        guard isTime else { return }
        do {
            let there = try Files.read(path).flatMap { Checkpoint($0, by: verifier) }
            // Another process may have been first with a later one.
            if let there, there.size > checkpoint.size { return }
            try Files.replace(path, checkpoint.note, isSynced: true, mode: 0o644)
            sent.withLock { $0.file = checkpoint }
            _ = troubles.withLock { $0.remove(path) }
        } catch {
            let isNews = troubles.withLock { $0.insert(path).inserted }
            if isNews { options.notice("the checkpoint of the audit log could not be written to \(path)") }
        }
    }

    /// Whether something that was done last at `time` may be done again.
    func isDue(_ time: ContinuousClock.Instant?) -> Bool { time.map { .now - $0 >= options.witnessInterval } ?? true }
}
