public import Coffer
import CofferCrypto

/// That an event is in a log (C2SP tlog-proof): the event, its place, the hashes up to the root, and a signed checkpoint.
/// Whoever has the verifier key can check it without the log.
public struct InclusionProof: Sendable {
    /// The event as it is in the log.
    public let entry: [UInt8]
    /// Its place, counted from 0.
    public let index: Int
    /// The hashes from the leaf's sibling up.
    public let hashes: [[UInt8]]
    /// The checkpoint that it is proved for.
    public let checkpoint: Checkpoint

    /// The proof as a file, `.tlog-proof`; the event is its extra data.
    public var text: String {
        let lines = ["c2sp.org/tlog-proof@v1", "extra \(Base64.encode(entry))", "index \(index)"]
        return (lines + hashes.map { Base64.encode($0) }).joined(separator: "\n") + "\n\n"
            + String(decoding: checkpoint.note, as: UTF8.self)
    }

    /// Parses a proof and checks it; an error says what does not hold.
    public init(_ text: String, by verifier: NoteVerifier) throws(AuditError) {
        let malformed = AuditError(.invalidArgument, "that is no proof of an audit log")
        guard text.utf8.count <= 1 << 20, let split = text.firstRange(of: "\n\n") else { throw malformed }
        let lines = text[..<split.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == "c2sp.org/tlog-proof@v1", lines[1].hasPrefix("extra "),
            lines[2].hasPrefix("index "), let entry = try? Base64.decode(lines[1].dropFirst(6)),
            let index = Int(lines[2].dropFirst(6)), lines.count <= 67
        else { throw malformed }
        var hashes: [[UInt8]] = []
        for line in lines[3...] {
            guard let hash = try? Base64.decode(line), hash.count == 32 else { throw malformed }
            hashes.append(hash)
        }
        guard let checkpoint = Checkpoint(Array(text[split.upperBound...].utf8), by: verifier) else {
            throw AuditError(.altered, "the checkpoint of the proof is not signed by this log's key")
        }
        guard Merkle.root(of: Merkle.leaf(entry), at: index, in: checkpoint.size, proof: hashes) == checkpoint.root
        else { throw AuditError(.altered, "the proof does not hold: the event is not in the log at that place") }
        (self.entry, self.index, self.hashes, self.checkpoint) = (entry, index, hashes, checkpoint)
    }

    init(entry: [UInt8], index: Int, hashes: [[UInt8]], checkpoint: Checkpoint) {
        (self.entry, self.index, self.hashes, self.checkpoint) = (entry, index, hashes, checkpoint)
    }
}

/// Any node of the tree of a log, from its tiles.
struct TreeReader: Sendable {
    let folder: String
    let size: Int

    /// The root over the leaves `range` (RFC 6962, 2.1); nil where a tile is missing. Costs a few tiles where the range is
    /// one that a proof needs.
    func root(_ range: Range<Int>) throws(FileFailure) -> [UInt8]? {
        guard range.count > 0 else { return Merkle.emptyRoot }
        // Whole subtrees stand in tiles: the lowest eight levels of them in those of level 0, and so on.
        if range.count.nonzeroBitCount == 1, range.lowerBound.isMultiple(of: range.count) {
            let height = range.count.trailingZeroBitCount
            let level = height / 8
            let unit = 1 << (8 * level)
            let first = range.lowerBound / unit
            guard let hashes = try tile(level, first / Tile.width) else { return nil }
            let (from, count) = (first % Tile.width, range.count / unit)
            guard from + count <= hashes.count else { return nil }
            return Merkle.root(of: Array(hashes[from..<from + count]))
        }
        var split = 1
        while split * 2 < range.count { split *= 2 }
        let middle = range.lowerBound + split
        guard let left = try root(range.lowerBound..<middle), let right = try root(middle..<range.upperBound) else {
            return nil
        }
        return Merkle.node(left, right)
    }

    /// The hashes of a tile, as many as the tree has.
    func tile(_ level: Int, _ index: Int) throws(FileFailure) -> [[UInt8]]? {
        let width = min(Tile.count(level, in: size) - index * Tile.width, Tile.width)
        guard width > 0 else { return nil }
        var bytes = try Files.read("\(folder)/\(Tile.path(level, index, width: width))")
        if bytes == nil { bytes = try Files.read("\(folder)/\(Tile.path(level, index))") }
        guard let bytes, let hashes = Tile.hashes(of: bytes), hashes.count >= width else { return nil }
        return Array(hashes.prefix(width))
    }

    /// The hashes that prove leaf `index` (RFC 6962, 2.1.1).
    func inclusion(of index: Int, in range: Range<Int>? = nil) throws(FileFailure) -> [[UInt8]]? {
        let range = range ?? 0..<size
        guard range.count > 1 else { return [] }
        var split = 1
        while split * 2 < range.count { split *= 2 }
        let middle = range.lowerBound + split
        let isLeft = index < middle
        let (own, other) =
            isLeft
            ? (range.lowerBound..<middle, middle..<range.upperBound)
            : (middle..<range.upperBound, range.lowerBound..<middle)
        guard let below = try inclusion(of: index, in: own), let sibling = try root(other) else { return nil }
        return below + [sibling]
    }
}

extension AuditLog {
    /// Proves that the event `id` is in the log, under a checkpoint that has it.
    public func prove(_ id: String) throws -> InclusionProof {
        do {
            try fold()
            guard let checkpoint = try currentCheckpoint() else {
                throw AuditError(.notFound, "the audit log has no events")
            }
            let reader = try LogReader(folder, key.journal)
            var found: (index: Int, entry: [UInt8])?
            let needle = Array(#""eventID":"\#(id)""#.utf8)
            try reader.read(from: 0) { index, entry in
                guard entry.firstRange(of: needle) != nil, AuditEvent(decoding: Array(entry))?.id == id else {
                    return true
                }
                found = (index, Array(entry))
                return false
            }
            guard let found else {
                throw AuditError(
                    .notFound, "the audit log has no event \(id)", hint: "coffer audit export lists the ids")
            }
            guard found.index < checkpoint.size else {
                throw AuditError(
                    .unavailable, "the event is not under a checkpoint yet", hint: "try again in a second")
            }
            let tree = TreeReader(folder: folder, size: checkpoint.size)
            guard let hashes = try tree.inclusion(of: found.index) else {
                throw AuditError(
                    .altered, "tiles of the audit log are missing or damaged", hint: "coffer audit verify says which")
            }
            // What this log would not accept itself is not given away.
            let proof = InclusionProof(
                entry: found.entry, index: found.index, hashes: hashes, checkpoint: checkpoint)
            return try InclusionProof(proof.text, by: verifier)
        } catch {
            throw Self.sentence(error)
        }
    }
}
