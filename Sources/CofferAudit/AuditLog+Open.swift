import Coffer
import Dispatch
import Synchronization

extension AuditLog {
    /// Opens the log in `folder`, and begins one there if `options` let it. Refused where it is not what it was: gone,
    /// truncated, edited, or older than the checkpoint its witness has. Costs a read of the journal's last segment.
    ///
    /// Then call ``reconcile(keyStore:)``, and ``close()`` at the end.
    public static func open(at folder: String, key: AuditKey, options: Options = Options()) throws -> AuditLog {
        guard options.mayCreate || Files.exists(Segment.folder(folder)) else {
            throw AuditError(
                .altered, "the audit log is gone from \(folder)",
                hint: "put it back from a copy; coffer audit init begins a new one and says so on its record")
        }
        do {
            let log = try AuditLog(folder: folder, key: key, options: options)
            let next = try log.journal.withLock { try $0.locked { $0.next } }
            if let note = try Files.read("\(folder)/checkpoint"), !note.isEmpty, !note.contains(0) {
                guard let checkpoint = Checkpoint(note, by: log.verifier) else {
                    throw AuditError(
                        .altered, "the checkpoint of the audit log is not signed by its key",
                        hint: "set COFFER_AUDIT_KEY to the key of this log")
                }
                guard checkpoint.size <= next else {
                    throw AuditError(
                        .altered,
                        "the audit log was truncated: it has \(next) events, its checkpoint \(checkpoint.size)",
                        hint: Journal.hint)
                }
            }
            try log.checkWitness(next: next)
            if options.push == nil { Files.remove(WitnessFailure.path(folder)) }
            log.layReserve()
            log.startTending()
            return log
        } catch {
            throw sentence(error)
        }
    }

    /// Opens the log of the key in `keyFile`. Where there is neither, both are made, the key's file last: from then on a
    /// log that is gone is named as such. A process that dies in between leaves a log without events, which is begun again.
    public static func open(at folder: String, keyFile: String, options: Options = Options()) throws -> AuditLog {
        func openKnown() throws -> AuditLog {
            try open(at: folder, key: AuditKey.read(at: keyFile), options: options)
        }
        if Files.exists(keyFile) { return try openKnown() }
        do {
            try Files.makeFolders(folder)
            let lock = try FileLock("\(folder)/begin.lock")
            try lock.take()
            defer { lock.release() }
            let segments = Segment.all(folder)
            let isUsed =
                try Files.exists("\(folder)/checkpoint") || segments.count > 1
                || LogReader(folder, nil).entry(at: 0) != nil
            if isUsed || Files.exists(keyFile) { return try openKnown() }
            for segment in segments { Files.remove(segment.path) }
            var options = options
            options.mayCreate = true
            var log: AuditLog?
            _ = try AuditKey.create(at: keyFile) { log = try open(at: folder, key: $0, options: options) }
            guard let log else { preconditionFailure("a log was opened before its key was written") }
            return log
        } catch {
            throw sentence(error)
        }
    }

    /// Brings tiles and checkpoint up to the last event; nil where another process is at it.
    @discardableResult
    public func fold() throws -> Checkpoint? {
        do {
            return try folding.withLock { try $0.fold(recent.take()) }
        } catch {
            throw Self.sentence(error)
        }
    }

    /// What is to be done from time to time.
    func tend() {
        do {
            _ = try fold()
        } catch {
            let isNews = troubles.withLock { $0.insert("\(error)").inserted }
            if isNews { options.notice(Self.sentence(error).message) }
        }
        let repairs = folding.withLock { $0.takeRepairs() }
        let news =
            [lookAtSpace()].compactMap { $0 }
            + repairs.map { what in
                event(
                    "AuditLogRecovered", .members(("made", .string(what))),
                    error: ("Lost", "the \(what) was lost and made again from the journal"))
            }
        Task {
            try? await record(news)
            try? await flushUnauthenticated(isDue: false)
            writeCheckpoint()
            beginPush()
        }
    }
}
