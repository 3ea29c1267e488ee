import Coffer
import CofferCrypto
import Glibc

/// Where events become durable: segments of frames, to which any number of processes append in turn.
///
/// A writer holds the lock for one group: reads what the others appended, appends its own frame, syncs. So there is one
/// order of events, and a process that dies leaves at most one torn frame, which the next writer cuts off.
struct Journal: Sendable {
    let folder: String
    /// Names this process among the writers.
    let writer: Int
    let segmentLimit: Int
    private let mac: HMAC
    private let lock: FileLock
    private var segment: Segment?
    /// How far the segment is known.
    private var end = 0
    private var chain = Frame.noChain
    /// The index of the next event.
    private(set) var next = 0
    /// The key store as the last event has it.
    private(set) var state: KeyStoreState?
    /// Changes that were announced and of which no outcome is known.
    private(set) var intents: [[UInt8]: Frame.Note] = [:]
    /// What was cut off: it is put on the record.
    private(set) var cut: [(count: Int, digest: String)] = []
    /// What was appended and nobody took yet.
    private var appended: [Appended] = []
    /// After a sync that failed nothing is sure any more.
    private var isBroken = false

    init(folder: String, key: AuditKey, writer: Int, segmentLimit: Int) throws(FileFailure) {
        (self.folder, self.writer, self.segmentLimit) = (folder, writer, segmentLimit)
        mac = key.journal
        try Files.makeFolders(Segment.folder(folder))
        lock = try FileLock("\(folder)/lock")
    }

    /// Does something while no other process appends, knowing what they did.
    mutating func locked<T>(_ body: (inout Journal) throws -> T) throws -> T {
        guard !isBroken else {
            throw AuditError(
                .unavailable, "the audit log could not be synced, so keys are not used",
                hint: "check the disk, then start again")
        }
        try lock.take()
        defer { lock.release() }
        try catchUp()
        return try body(&self)
    }

    /// Appends events as one frame and makes it durable. With the lock only.
    mutating func append(_ parts: [Entries], at time: Int64) throws {
        var body: [UInt8] = []
        if parts.count == 1 {
            body = parts[0].bytes
        } else {
            body.reserveCapacity(parts.reduce(0) { $0 + $1.bytes.count })
            for part in parts { body += part.bytes }
        }
        let state = parts.last { $0.keyStore != nil }?.keyStore ?? state
        let frame = Frame(
            kind: .events, first: next, count: parts.reduce(0) { $0 + $1.count }, writer: writer, time: time,
            state: state, notes: notes(of: parts), body: body)
        try write(frame)
        if end > segmentLimit { try? rotate(at: time) }
    }

    /// Which changes the events announce, and of which they tell the outcome.
    private func notes(of parts: [Entries]) -> [Frame.Note] {
        var notes: [Frame.Note] = []
        var index = next
        for part in parts {
            for mark in part.marks {
                defer { index += 1 }
                if mark.phase == .intent {
                    notes.append(
                        Frame.Note(
                            isOpen: true, request: Frame.Note.request(mark.requestID), index: index, writer: writer))
                } else if !intents.isEmpty || !notes.isEmpty {
                    let request = Frame.Note.request(mark.requestID)
                    if let note = intents[request] ?? notes.first(where: { $0.isOpen && $0.request == request }) {
                        notes.append(
                            Frame.Note(isOpen: false, request: request, index: note.index, writer: note.writer))
                    }
                }
            }
        }
        return notes
    }

    private mutating func write(_ frame: Frame) throws(FileFailure) {
        guard let segment else { preconditionFailure("a journal is appended to after it was read") }
        let (bytes, nextChain) = frame.encoded(after: chain, mac)
        do {
            try Files.write(bytes, to: segment.file, at: end, segment.path)
        } catch {
            // What was written of it goes; if that fails too, the next writer does it.
            _ = ftruncate(segment.file, off_t(end))
            throw error
        }
        do {
            try segment.sync()
        } catch {
            isBroken = !error.isFull
            _ = ftruncate(segment.file, off_t(end))
            throw error
        }
        appended.append(
            Appended(
                path: segment.path, start: end, before: chain, end: end + bytes.count, chain: nextChain,
                first: frame.first, count: frame.count, body: frame.kind == .events ? frame.body : []))
        end += bytes.count
        chain = nextChain
        take(frame)
    }

    /// Takes over what a frame says.
    private mutating func take(_ frame: Frame) {
        next = frame.first + frame.count
        state = frame.state ?? state
        if frame.kind == .start { intents = [:] }
        for note in frame.notes { intents[note.request] = note.isOpen ? note : nil }
    }

    /// Ends the segment and begins another one.
    private mutating func rotate(at time: Int64) throws(FileFailure) {
        try write(
            Frame(
                kind: .end, first: next, count: 0, writer: writer, time: time, state: state, notes: [], body: []))
        try begin(at: time)
    }

    /// Begins a segment at the next event.
    private mutating func begin(at time: Int64 = 0) throws(FileFailure) {
        let path = Segment.path(folder, next)
        Files.remove(path)
        segment = try Segment(opening: path, isNew: true)
        end = 0
        let open = intents.values.sorted { $0.index < $1.index }
        try write(
            Frame(
                kind: .start, first: next, count: 0, writer: writer, time: time, state: state, notes: open,
                body: chain))
        try Files.sync(Segment.folder(folder))
    }

    /// Reads what others appended; cuts off what one who died left half.
    private mutating func catchUp() throws {
        if segment == nil {
            guard let last = Segment.all(folder).last else { return try begin() }
            next = last.first
            segment = try Segment(opening: last.path)
        }
        while let segment {
            let (count, isNamed) = try segment.status()
            guard count >= end else {
                throw AuditError(.altered, "the audit log's journal was truncated at event \(next)", hint: Self.hint)
            }
            let isEnded = try count > end && read(segment)
            if isEnded {
                guard let following = try following() else { return try begin() }
                // Others were so far ahead that the tree alone has what came in between.
                if following.first > next { (next, chain) = (following.first, Frame.noChain) }
                (self.segment, end) = (following.segment, 0)
                continue
            }
            guard isNamed else {
                throw AuditError(.altered, "the audit log's journal was removed at event \(next)", hint: Self.hint)
            }
            // A segment that its maker did not finish has no frame.
            if end == 0 { try begin() }
            return
        }
    }

    /// The segment that goes on from the next event, or the first one after it that has not been retired; nil where
    /// nobody made one yet.
    private func following() throws(FileFailure) -> (first: Int, segment: Segment)? {
        while let found = Segment.all(folder).first(where: { $0.first >= next }) {
            do {
                return (found.first, try Segment(opening: found.path))
            } catch {
                // It was retired just now.
                guard error.number == ENOENT else { throw error }
            }
        }
        return nil
    }

    /// Reads frames from `end` on. True where the segment ends.
    private mutating func read(_ segment: Segment) throws -> Bool {
        let bytes = try Files.read(segment.file, from: end, limit: 1 << 30, segment.path)
        var at = 0
        while at < bytes.count {
            // The first frame of a process that knows nothing yet says itself what it stands behind.
            let known = end == 0 && at == 0 && chain == Frame.noChain ? nil : chain
            switch Frame.read(bytes, at: at, after: known, mac) {
            case .frame(let frame, let stop, let chain):
                guard frame.first == next, (frame.kind == .start) == (end + at == 0) else {
                    throw altered()
                }
                (at, self.chain) = (stop, chain)
                take(frame)
                if frame.kind == .end {
                    end += at
                    return true
                }
            case .torn:
                cut.append((bytes.count - at, Hexadecimal.encode(Digest.sha256(Array(bytes[at...])))))
                try segment.cut(at: end + at)
                end += at
                return false
            case .altered: throw altered()
            }
        }
        end += at
        return false
    }

    private func altered() -> AuditError {
        AuditError(.altered, "the audit log's journal was edited at event \(next)", hint: Self.hint)
    }

    static let hint = "coffer audit verify says what is wrong; keys are not used until the log is put back"

    /// What was appended since this was last asked.
    mutating func takeAppended() -> [Appended] {
        defer { appended = [] }
        return appended
    }

    /// What was cut off, which is forgotten here.
    mutating func takeCuts() -> [(count: Int, digest: String)] {
        defer { cut = [] }
        return cut
    }
}
