import Coffer
import CofferCrypto

/// Reads the events of a journal in their order, without taking part in it.
struct JournalReader: Sendable {
    let folder: String
    let mac: HMAC?
    private var path = ""
    private var offset = 0
    private var chain: [UInt8]?

    init(_ folder: String, _ mac: HMAC?) { (self.folder, self.mac) = (folder, mac) }

    /// Hands out the events from `index` on; returns the index behind the last one. What is not whole yet is left for the
    /// next time. Throws where something is there that no writer leaves.
    mutating func read(
        from index: Int, _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        var next = index
        let segments = Segment.all(folder)
        guard let start = segments.lastIndex(where: { $0.first <= index }) ?? segments.indices.first else {
            return next
        }
        for segment in segments[start...] {
            guard segment.first <= next else {
                throw AuditError(.altered, "the journal lacks the events from \(next) to \(segment.first - 1)")
            }
            if segment.path != path { (path, offset, chain) = (segment.path, 0, nil) }
            next = try read(segment.path, next, body)
        }
        return next
    }

    private mutating func read(
        _ path: String, _ index: Int, _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        guard let bytes = try Files.read(path, limit: 1 << 30) else { return index }
        var next = index
        guard offset <= bytes.count else {
            throw AuditError(.altered, "the journal was truncated at event \(next)")
        }
        while offset < bytes.count {
            guard case .frame(let frame, let end, let seal) = Frame.read(bytes, at: offset, after: chain, mac) else {
                if case .altered = Frame.read(bytes, at: offset, after: chain, mac) {
                    throw AuditError(.altered, "the journal was edited at event \(next)")
                }
                return next
            }
            guard frame.first <= next else {
                throw AuditError(.altered, "the journal lacks the events from \(next) to \(frame.first - 1)")
            }
            (offset, chain) = (end, seal)
            guard frame.kind == .events else { continue }
            guard let entries = Tile.entries(of: frame.body), entries.count == frame.count else {
                throw AuditError(.altered, "the journal was edited at event \(frame.first)")
            }
            for (i, entry) in entries.enumerated() where frame.first + i >= next {
                try body(frame.first + i, entry)
                next = frame.first + i + 1
            }
        }
        return next
    }
}
