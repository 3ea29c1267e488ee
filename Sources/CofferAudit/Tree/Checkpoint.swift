import CofferCrypto

/// How long a log is and the root of its tree (C2SP tlog-checkpoint), signed by the log.
public struct Checkpoint: Hashable, Sendable {
    /// The name of the log.
    public let origin: String
    /// How many events it has.
    public let size: Int
    /// The root of the tree over them (RFC 6962), 32 bytes.
    public let root: [UInt8]
    /// The signed note, as it is kept and sent.
    public let note: [UInt8]

    /// Signs a checkpoint.
    init(size: Int, root: [UInt8], _ key: AuditKey) {
        (origin, self.size, self.root) = (key.name, size, root)
        note = SignedNote.sign("\(key.name)\n\(size)\n\(Base64.encode(root))\n", key)
    }

    /// Parses a checkpoint and checks its signature; nil for one that is malformed or by another key.
    public init?(_ note: [UInt8], by verifier: NoteVerifier) {
        guard let signed = SignedNote(note), signed.isSigned(by: verifier) else { return nil }
        let lines = signed.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == verifier.name, let size = Int(lines[1]), size >= 0,
            String(size) == lines[1], let root = try? Base64.decode(lines[2]), root.count == 32
        else { return nil }
        (origin, self.size, self.root, self.note) = (verifier.name, size, root, note)
    }
}
