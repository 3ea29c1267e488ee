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
    ///
    /// `recent` is what this process appended itself: where it goes on from here, the file is not read.
    mutating func read(
        from index: Int, recent: [Appended] = [],
        _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        var next = index
        var recent = recent[...]
        let segments = Segment.all(folder)
        guard let start = segments.lastIndex(where: { $0.first <= index }) ?? segments.indices.first else {
            return next
        }
        for segment in segments[start...] {
            guard segment.first <= next else {
                throw AuditError(.altered, "the journal lacks the events from \(next) to \(segment.first - 1)")
            }
            if segment.path != path { (path, offset, chain) = (segment.path, 0, nil) }
            next = try read(&recent, next, body)
            next = try read(segment.path, next, body)
        }
        return next
    }

    /// Hands out the frames that go on from here; what was read from the file meanwhile is passed over.
    private mutating func read(
        _ recent: inout ArraySlice<Appended>, _ index: Int,
        _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        var next = index
        // Names of segments sort by what is in them.
        while let frame = recent.first, frame.path <= path {
            if frame.path == path, frame.start == offset, chain.map({ $0 == frame.before }) ?? (offset == 0) {
                (offset, chain) = (frame.end, frame.chain)
                next = try handOut(frame.body, frame.first, frame.count, next, body)
            } else if frame.path == path, frame.start >= offset {
                break
            }
            recent.removeFirst()
        }
        return next
    }

    private mutating func read(
        _ path: String, _ index: Int, _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        guard let (bytes, count) = try Files.read(path, from: offset, limit: 1 << 30) else { return index }
        var next = index
        guard offset <= count else {
            throw AuditError(.altered, "the journal was truncated at event \(next)")
        }
        var at = 0
        while at < bytes.count {
            let found = Frame.read(bytes, at: at, after: chain, mac)
            guard case .frame(let frame, let end, let seal) = found else {
                if case .altered = found { throw AuditError(.altered, "the journal was edited at event \(next)") }
                return next
            }
            guard frame.first <= next else {
                throw AuditError(.altered, "the journal lacks the events from \(next) to \(frame.first - 1)")
            }
            offset += end - at
            (at, chain) = (end, seal)
            guard frame.kind == .events else { continue }
            next = try handOut(frame.body, frame.first, frame.count, next, body)
        }
        return next
    }

    private func handOut(
        _ bundle: [UInt8], _ first: Int, _ count: Int, _ index: Int,
        _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        var (number, at) = (first, 0)
        while at < bundle.count {
            guard let length = bundle.number(at: at, bytes: 2), at + 2 + length <= bundle.count else { break }
            if number >= index { try body(number, bundle[at + 2..<at + 2 + length]) }
            (number, at) = (number + 1, at + 2 + length)
        }
        guard at == bundle.count, number == first + count else {
            throw AuditError(.altered, "the journal was edited at event \(first)")
        }
        return max(index, number)
    }
}
