import Coffer
import CofferCrypto

/// What one sync of the journal makes durable: the events of all who waited, under a MAC that also covers the frame before.
///
/// magic(4) kind(1) root length(1) zero(2) first(8) count(4) notes(4) body(4) writer(8) time(8) generation(8), then the
/// root of the key store as text, the notes, the body and the MAC (32); numbers with the highest byte first.
struct Frame: Sendable {
    enum Kind: UInt8 {
        /// Begins a segment; its body is the MAC of the frame before.
        case start = 1
        /// Holds events, as an entry bundle does.
        case events = 2
        /// Ends a segment: the next one begins at `first`.
        case end = 3
    }

    /// That a change was announced, or that its end is known.
    struct Note: Hashable, Sendable {
        static let byteCount = 33
        let isOpen: Bool
        /// The first 16 bytes of the SHA-256 of the request's id.
        let request: [UInt8]
        /// Where the intent is in the log.
        let index: Int
        /// Who announced it.
        let writer: Int

        static func request(_ id: String) -> [UInt8] { Array(Digest.sha256(Array(id.utf8)).prefix(16)) }
    }

    static let magic = Array("CAF1".utf8)
    static let headerByteCount = 52
    static let macByteCount = 32
    static let noChain = [UInt8](repeating: 0, count: macByteCount)
    /// What a frame may have at most: more is not ours.
    static let limit = 16 << 20

    let kind: Kind
    /// The index of its first event; where there is none, of the next one.
    let first: Int
    let count: Int
    let writer: Int
    let time: Int64
    let state: KeyStoreState?
    let notes: [Note]
    let body: [UInt8]

    /// The frame behind one with the MAC `chain`, and its own MAC.
    func encoded(after chain: [UInt8], _ mac: HMAC) -> (bytes: [UInt8], chain: [UInt8]) {
        let root = Array((state?.root ?? "").utf8.prefix(255))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerByteCount + notes.count * Note.byteCount + body.count + 400)
        bytes += Self.magic
        bytes += [kind.rawValue, UInt8(root.count), 0, 0]
        bytes.append(number: first)
        for number in [count, notes.count, body.count] { bytes.append(number, bytes: 4) }
        for number in [writer, Int(time), Int(state?.generation ?? -1)] { bytes.append(number: number) }
        bytes += root
        for note in notes {
            bytes.append(note.isOpen ? 1 : 2)
            bytes += note.request
            bytes.append(number: note.index)
            bytes.append(number: note.writer)
        }
        bytes += body
        let next = mac.bytes(of: chain, bytes[...])
        bytes += next
        return (bytes, next)
    }

    /// What stands at an offset of a journal.
    enum Found {
        case frame(Frame, end: Int, chain: [UInt8])
        /// Something that a writer who died may have left: it reaches to the end, and nobody was told of it.
        case torn
        /// Something that no writer leaves.
        case altered
    }

    /// Reads the frame at `offset`, which stands behind one with the MAC `chain`; nil there for the first of a segment.
    /// Without `mac` its seal is not checked.
    static func read(_ bytes: [UInt8], at offset: Int, after chain: [UInt8]?, _ mac: HMAC?) -> Found {
        func number(_ at: Int, _ count: Int = 8) -> Int { bytes.number(at: offset + at, bytes: count) ?? 0 }
        guard bytes.count - offset >= headerByteCount else { return unfinished(bytes, offset, mac) }
        guard Array(bytes[offset..<offset + 4]) == magic, let kind = Kind(rawValue: bytes[offset + 4]) else {
            return bytes[offset...].allSatisfy { $0 == 0 } ? .torn : .altered
        }
        let (rootCount, noteCount, bodyCount) = (Int(bytes[offset + 5]), number(20, 4), number(24, 4))
        let rootStart = offset + headerByteCount
        let noteStart = rootStart + rootCount
        let bodyStart = noteStart + noteCount * Note.byteCount
        let end = bodyStart + bodyCount
        guard bodyCount <= limit, noteCount <= limit / Note.byteCount, end + macByteCount <= bytes.count else {
            return unfinished(bytes, offset, mac)
        }
        let body = Array(bytes[bodyStart..<end])
        let given = Array(bytes[end..<end + macByteCount])
        // The first frame of a segment says itself what it stands behind.
        let before = chain ?? (kind == .start ? body : noChain)
        let isChained = kind != .start || body == before
        guard before.count == macByteCount, isChained,
            mac.map({ $0.bytes(of: before, bytes[offset..<end]) == given }) ?? true
        else { return end + macByteCount == bytes.count ? .torn : .altered }
        let generation = number(44)
        let root = String(decoding: bytes[rootStart..<noteStart], as: UTF8.self)
        let notes = (0..<noteCount).map { i in
            let at = noteStart + i * Note.byteCount
            return Note(
                isOpen: bytes[at] == 1, request: Array(bytes[at + 1..<at + 17]),
                index: bytes.number(at: at + 17) ?? 0, writer: bytes.number(at: at + 25) ?? 0)
        }
        let frame = Frame(
            kind: kind, first: number(8), count: number(16, 4), writer: number(28), time: Int64(number(36)),
            state: generation < 0 ? nil : KeyStoreState(generation: Int64(generation), root: root), notes: notes,
            body: body)
        return .frame(frame, end: end + macByteCount, chain: given)
    }

    /// A frame that says it goes on behind the end is torn only if no whole one follows it.
    private static func unfinished(_ bytes: [UInt8], _ offset: Int, _ mac: HMAC?) -> Found {
        guard let mac else { return .torn }
        var at = offset + 1
        while at + headerByteCount <= bytes.count {
            guard let next = bytes[at...].firstIndex(of: magic[0]) else { return .torn }
            at = next + 1
            guard next + headerByteCount <= bytes.count, Array(bytes[next..<next + 4]) == magic, next >= macByteCount
            else { continue }
            let rest = Array(bytes[next...])
            let (root, notes, body) = (
                Int(rest[5]), rest.number(at: 20, bytes: 4) ?? 0, rest.number(at: 24, bytes: 4) ?? 0
            )
            let end = headerByteCount + root + notes * Note.byteCount + body
            guard end + macByteCount <= rest.count else { continue }
            let chain = Array(bytes[next - macByteCount..<next])
            if mac.bytes(of: chain, rest[..<end]) == Array(rest[end..<end + macByteCount]) { return .altered }
        }
        return .torn
    }
}
