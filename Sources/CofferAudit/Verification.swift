public import Coffer

/// What a check of a whole log found.
public struct AuditVerification: Sendable {
    /// What was done to a log.
    public enum Kind: String, Sendable {
        case removed, truncated, reordered, edited, rolledBack
    }

    /// One thing that is wrong.
    public struct Finding: Hashable, Sendable {
        /// What was done.
        public let kind: Kind
        /// The file, as a path in the log's folder, or what else it was done to.
        public let what: String
        /// One sentence.
        public let message: String
    }

    /// What is wrong; a log that is whole has none.
    public internal(set) var findings: [Finding] = []
    /// What somebody may want to know that is no fault.
    public internal(set) var notes: [String] = []
    /// Events under the checkpoint.
    public internal(set) var events = 0
    /// Events in the journal that no checkpoint has yet.
    public internal(set) var pending = 0
    /// Events whose text was deleted by `coffer audit prune`; their hashes are there.
    public internal(set) var pruned = 0
    /// The root that the checkpoint signs, in hexadecimal.
    public internal(set) var root = ""

    mutating func find(_ kind: Kind, _ what: String, _ message: String) {
        findings.append(Finding(kind: kind, what: what, message: message))
    }
}

extension AuditVerification {
    /// Checks a whole log, without changing anything: every event against its hash, every tile against those below, the
    /// root against the signed checkpoint, the journal behind it, and all of it against a checkpoint that was kept elsewhere.
    /// - Parameters:
    ///   - verifier: the log's public key.
    ///   - key: the log's key, if it is at hand: the seals of the journal can be checked with nothing else.
    ///   - witnesses: checkpoints that were kept elsewhere.
    ///   - keyStore: the state of the key store now.
    public static func verify(
        _ folder: String, by verifier: NoteVerifier, key: AuditKey? = nil, against witnesses: [[UInt8]] = [],
        keyStore: KeyStoreState? = nil
    ) throws -> AuditVerification {
        do {
            guard Files.exists(folder) else {
                var result = AuditVerification()
                result.find(.removed, folder, "the audit log is gone")
                return result
            }
            // Nobody folds meanwhile; where the lock can't be had, the files stand still anyway.
            let lock = try? FileLock("\(folder)/fold.lock")
            try? lock?.take(shared: true)
            defer { lock?.release() }
            var check = LogCheck(folder: folder, verifier: verifier, key: key)
            try check.run(against: witnesses, keyStore)
            return check.result
        } catch {
            throw AuditLog.sentence(error)
        }
    }
}
