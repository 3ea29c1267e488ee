import Coffer

#if canImport(Glibc)
    import Glibc
#endif

/// Objects one after another as a file that the engine opens by name and reads once: a pipe, anew each time it may open it,
/// so that memory does not grow with the objects.
///
/// Only for more bytes than a pipe holds: else it could be at its end before the engine opens it, which would wait forever.
@safe final class ObjectFeed: @unchecked Sendable {
    /// Fewer bytes are held in memory instead.
    static let leastByteCount = 32 << 20

    private struct State {
        var failure: (any Error)?
        var isFinished = false
    }

    private let objects: [FoundObject]
    /// How the first line of each further object is left out; nil where all of it counts.
    private let quote: UInt8?
    private let slot: Int32
    /// The last two pipes: for preparing a statement and for running it. The engine may go on with the first.
    private var current: [Monitor<State>] = []

    /// The name it can be opened by, in this process.
    var path: String { "/proc/self/fd/\(slot)" }

    init(_ objects: [FoundObject], skippingHeaders quote: UInt8?) throws(PipelineError) {
        self.objects = objects
        self.quote = quote
        slot = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard slot >= 0 else { throw Self.refusal }
    }

    deinit { close(slot) }

    private static let refusal = PipelineError(.source, "the system gives no more pipes")

    /// All from the beginning, for whoever opens it next. Throws what went wrong before.
    func renew() throws {
        if let failure { throw failure }
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw Self.refusal }
        let (reading, writing) = (ends[0], ends[1])
        _ = fcntl(writing, F_SETFD, FD_CLOEXEC)
        // Whoever wrote to the pipe before this one finds that nobody reads it any more.
        dup2(reading, slot)
        _ = fcntl(slot, F_SETFD, FD_CLOEXEC)
        close(reading)
        _ = fcntl(writing, 1031, 1 << 20)  // F_SETPIPE_SZ
        let state = Monitor(State())
        current = current.suffix(1) + [state]
        Blocking.start { [objects, quote] in
            var signals = sigset_t()
            unsafe sigemptyset(&signals)
            unsafe sigaddset(&signals, SIGPIPE)
            unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
            do {
                let isWhole = try Self.feed(objects, quote, writing) && Self.isRead(writing)
                state.change { $0.isFinished = isWhole }
            } catch {
                state.change { $0.failure = error }
            }
            close(writing)
        }
    }

    /// What went wrong during the last statement.
    var failure: (any Error)? {
        for state in current { if let failure = state.change({ $0.failure }) { return failure } }
        return nil
    }

    /// After the last batch: whether the engine has read all there is.
    func finish() throws {
        if let failure { throw failure }
        guard current.contains(where: { $0.change { $0.isFinished } }) else {
            throw PipelineError(.source, "the engine has not read all of \(objects[0].address)")
        }
    }

    /// Waits until all that is in the pipe has been read; false where nobody reads any more.
    private static func isRead(_ file: Int32) -> Bool {
        while true {
            var waiting: Int32 = 0
            guard unsafe ioctl(file, UInt(FIONREAD), &waiting) == 0 else { return false }
            if waiting == 0 { return true }
            // An error is what a pipe without readers tells of.
            var state = pollfd(fd: file, events: 0, revents: 0)
            guard unsafe poll(&state, 1, 2) == 0 else { return false }
        }
    }

    /// False where nobody reads any more.
    private static func feed(_ objects: [FoundObject], _ quote: UInt8?, _ file: Int32) throws -> Bool {
        var first: [UInt8]?
        for (i, object) in objects.enumerated() {
            var header = HeaderLine(quote: quote ?? 0)
            var isInHeader = quote != nil
            var last = UInt8(ascii: "\n")
            var isRead = true
            try object.forEach { bytes in
                var bytes = bytes
                last = unsafe bytes.unsafeLoad(fromByteOffset: bytes.byteCount - 1, as: UInt8.self)
                if isInHeader {
                    let taken = header.take(bytes)
                    guard header.bytes.count <= 1 << 20 else {
                        throw PipelineError(.source, "\(object.address): its first line does not end")
                    }
                    if i == 0 {
                        isRead = MemoryFile.write(bytes.extracting(first: taken), to: file)
                    }
                    bytes = bytes.extracting(droppingFirst: taken)
                    if header.isWhole {
                        isInHeader = false
                        try compare(header.line, &first, objects, object)
                    }
                }
                if isRead, bytes.byteCount > 0 { isRead = MemoryFile.write(bytes, to: file) }
                return isRead
            }
            guard isRead else { return false }
            if last != UInt8(ascii: "\n"), i < objects.count - 1 {
                let end: [UInt8] = [UInt8(ascii: "\n")]
                guard unsafe MemoryFile.write(end.span.bytes, to: file) else { return false }
            }
        }
        return true
    }

    private static func compare(
        _ line: [UInt8], _ first: inout [UInt8]?, _ objects: [FoundObject], _ object: FoundObject
    ) throws {
        guard let expected = first else {
            first = line
            return
        }
        guard line == expected else {
            throw PipelineError(
                .source, "\(object.address) begins with other columns than \(objects[0].address)",
                hint: "read them by tables of their own, or say csv: { header: false }")
        }
    }

    /// The first line of CSV, whose end may be between quotes.
    private struct HeaderLine {
        let quote: UInt8
        private(set) var bytes: [UInt8] = []
        private(set) var isWhole = false
        private var isQuoted = false

        init(quote: UInt8) { self.quote = quote }

        /// Without its end.
        var line: [UInt8] {
            var line = bytes
            while line.last == UInt8(ascii: "\n") || line.last == UInt8(ascii: "\r") { line.removeLast() }
            return line
        }

        /// How many of `more` belong to it.
        mutating func take(_ more: RawSpan) -> Int {
            for i in 0..<more.byteCount {
                let byte = unsafe more.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                bytes.append(byte)
                if byte == quote { isQuoted.toggle() }
                if byte == UInt8(ascii: "\n"), !isQuoted {
                    isWhole = true
                    return i + 1
                }
            }
            return more.byteCount
        }
    }
}
