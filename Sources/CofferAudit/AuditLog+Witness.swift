import Coffer
import CofferCrypto
import Synchronization

/// What was sent outside.
struct Sent: Sendable {
    var file: Checkpoint?
    var push: Checkpoint?
    var time: ContinuousClock.Instant?
    var isSending = false
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

    /// Sends the last checkpoint to the witnesses, if it is time.
    func sendCheckpoint(isLast: Bool = false) async {
        guard options.witness != nil || options.push != nil,
            let checkpoint = try? currentCheckpoint()
        else { return }
        let now = ContinuousClock.now
        let interval = options.witnessInterval
        let isTime = sent.withLock { sent in
            guard !sent.isSending, isLast || sent.time.map({ now - $0 >= interval }) ?? true else { return false }
            (sent.isSending, sent.time) = (true, now)
            return true
        }
        guard isTime else { return }
        defer { sent.withLock { $0.isSending = false } }
        if let path = options.witness, sent.withLock({ $0.file }) != checkpoint { write(checkpoint, to: path) }
        if let push = options.push, sent.withLock({ $0.push }) != checkpoint {
            do {
                try await push(checkpoint.note)
                sent.withLock { $0.push = checkpoint }
            } catch {
                options.notice("the checkpoint of the audit log could not be sent to its witness")
            }
        }
    }

    private func write(_ checkpoint: Checkpoint, to path: String) {
        do {
            let there = try Files.read(path).flatMap { Checkpoint($0, by: verifier) }
            // Another process may have been first with a later one.
            if let there, there.size > checkpoint.size { return }
            try Files.replace(path, checkpoint.note, isSynced: true, mode: 0o644)
            sent.withLock { $0.file = checkpoint }
        } catch {
            options.notice("the checkpoint of the audit log could not be written to \(path)")
        }
    }
}
