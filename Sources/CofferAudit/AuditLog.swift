public import Coffer
import CofferCrypto
import Dispatch
import Synchronization

/// A tamper-evident log of plain files: a Merkle tree in C2SP tlog-tiles under signed checkpoints, and before it a journal
/// that makes events durable.
///
/// Callers that wait together share one sync of the disk. Several processes may have one log open. An event that is not
/// durable within the time limit is an ``AuditError/Code/unavailable``; it may be in the log all the same, for an
/// operation that was refused.
public final class AuditLog: AuditSink, Sendable {
    /// Where it is.
    public let folder: String
    /// Whose checkpoints it has.
    public let key: AuditKey
    let options: Options
    let journal: Mutex<Journal>
    let folding: Mutex<Folding>
    let recent = RecentFrames()
    let unauthenticated = Mutex(UnauthenticatedCounts())
    let space = Mutex(Space())
    let sent = Mutex(Sent())
    let troubles = Mutex<Set<String>>([])
    private let queue: Mutex<Queue>
    private let writing = DispatchQueue(label: "coffer.audit.write", qos: .userInitiated)
    private let watching = DispatchQueue(label: "coffer.audit.watch")
    let tending = DispatchQueue(label: "coffer.audit.tend", qos: .utility)
    private let timer = Timer()
    /// Shows other processes that this one lives, from its first change on.
    private let life = Mutex<FileLock?>(nil)
    let writer: Int

    private struct Queue {
        var waiting: [Waiter] = []
        var waitingBytes = 0
        var inFlight: [Waiter] = []
        var isWriting = false
        var isWatching = false
        var isStalled = false
        var isClosed = false
        /// What ends the log for this process: it was altered.
        var failure: AuditError?
    }

    /// Somebody who waits for events to be durable.
    private final class Waiter: Sendable {
        let parts: [Entries]
        let byteCount: Int
        let due: ContinuousClock.Instant
        private let continuation: Mutex<CheckedContinuation<Void, any Error>?>

        init(
            _ parts: [Entries], due: ContinuousClock.Instant,
            _ continuation: CheckedContinuation<Void, any Error>
        ) {
            (self.parts, self.due) = (parts, due)
            byteCount = parts.reduce(0) { $0 + $1.bytes.count }
            self.continuation = Mutex(continuation)
        }

        /// Only the first time counts.
        func finish(_ result: Result<Void, any Error>) {
            continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }?.resume(with: result)
        }
    }

    private static let groupLimit = 4 << 20
    private static let waitingLimit = 64 << 20

    init(folder: String, key: AuditKey, options: Options) throws {
        (self.folder, self.key, self.options) = (folder, key, options)
        let writer = (Randomness.system.bytes(8).number(at: 0) ?? 0) & .max
        self.writer = writer
        journal = Mutex(
            try Journal(folder: folder, key: key, writer: writer, segmentLimit: options.segmentLimit))
        folding = Mutex(try Folding(folder: folder, key: key))
        queue = Mutex(Queue())
    }

    /// Returns once `event` is durable.
    public func record(_ event: AuditEvent) async throws { try await record([event]) }

    /// Returns once all of `events` are durable, in one step.
    public func record(_ events: [AuditEvent]) async throws {
        guard !events.isEmpty else { return }
        if events.contains(where: { $0.phase == .intent }) { try showLife() }
        let parts = await Entries.encode(events)
        try await withCheckedThrowingContinuation { continuation in
            let waiter = Waiter(parts, due: .now + options.limit, continuation)
            if let refusal = enqueue(waiter) { waiter.finish(.failure(refusal)) }
        }
    }

    private func enqueue(_ waiter: Waiter) -> AuditError? {
        let (refusal, mustWrite, mustWatch) = queue.withLock { queue -> (AuditError?, Bool, Bool) in
            if let failure = queue.failure { return (failure, false, false) }
            if queue.isClosed { return (AuditError(.unavailable, "the audit log is closed"), false, false) }
            if queue.isStalled || queue.waitingBytes > Self.waitingLimit { return (Self.stalled, false, false) }
            queue.waiting.append(waiter)
            queue.waitingBytes += waiter.byteCount
            defer { (queue.isWriting, queue.isWatching) = (true, true) }
            return (nil, !queue.isWriting, !queue.isWatching)
        }
        if mustWrite { writing.async { self.write() } }
        if mustWatch { watch() }
        return refusal
    }

    /// Writes groups until nobody waits.
    private func write() {
        while true {
            let group = queue.withLock { queue -> [Waiter] in
                var (count, byteCount) = (0, 0)
                while count < queue.waiting.count, byteCount < Self.groupLimit {
                    byteCount += queue.waiting[count].byteCount
                    count += 1
                }
                queue.inFlight = Array(queue.waiting.prefix(count))
                queue.waiting.removeFirst(count)
                queue.waitingBytes -= byteCount
                if count == 0 { queue.isWriting = false }
                return queue.inFlight
            }
            if group.isEmpty { return }
            let result = Result { try append(group.flatMap(\.parts)) }.mapError(Self.sentence)
            queue.withLock { queue in
                queue.inFlight = []
                queue.isStalled = false
                if case .failure(let error) = result, error.code == .altered { queue.failure = error }
            }
            let answer = result.mapError { $0 as any Error }
            for waiter in group { waiter.finish(answer) }
        }
    }

    private func append(_ parts: [Entries]) throws {
        try refuseIfFull()
        do {
            let appended = try journal.withLock { journal in
                try journal.locked { journal in
                    let cuts = journal.takeCuts().map { Entries(recovered($0.count, $0.digest)) }
                    try journal.append(cuts + parts, at: options.clock())
                    return journal.takeAppended()
                }
            }
            // Many events at once become tiles while more are written.
            if recent.add(appended), options.interval != nil {
                tending.async { _ = try? self.folding.withLock { try $0.fold(self.recent.take(), goesOn: true) } }
            }
        } catch let failure as FileFailure {
            if failure.isFull { closeFull() }
            throw failure
        }
    }

    /// Fails those whose time is over; the disk may hang.
    private func watch() {
        let (seconds, attoseconds) = options.limit.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        watching.asyncAfter(deadline: .now() + .milliseconds(max(10, milliseconds / 8))) { [weak self] in
            guard let self else { return }
            let now = ContinuousClock.now
            let (late, isAnyoneWaiting) = queue.withLock { queue -> ([Waiter], Bool) in
                let lateInFlight = queue.inFlight.filter { $0.due <= now }
                if !lateInFlight.isEmpty { queue.isStalled = true }
                let late = queue.waiting.filter { $0.due <= now || queue.isStalled }
                queue.waiting.removeAll { $0.due <= now || queue.isStalled }
                queue.waitingBytes = queue.waiting.reduce(0) { $0 + $1.byteCount }
                queue.isWatching = !queue.waiting.isEmpty || !queue.inFlight.isEmpty
                return (lateInFlight + late, queue.isWatching)
            }
            for waiter in late { waiter.finish(.failure(Self.stalled)) }
            if isAnyoneWaiting { watch() }
        }
    }

    private static let stalled = AuditError(
        .unavailable, "the audit log does not take events in time, so keys are not used",
        hint: "check the disk of the audit log")

    static func sentence(_ error: any Error) -> AuditError {
        (error as? AuditError) ?? (error as? FileFailure)?.error
            ?? AuditError(.unavailable, "the audit log can't be written")
    }

    /// Whether the log takes events just now, for health checks; never waits for the disk.
    public var isAvailable: Bool {
        queue.withLock { !$0.isStalled && !$0.isClosed && $0.failure == nil } && !space.withLock { $0.isFull }
    }

    /// Tends the log from time to time.
    func startTending() {
        guard let interval = options.interval else { return }
        let (seconds, attoseconds) = interval.components
        let milliseconds = max(10, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
        let source = DispatchSource.makeTimerSource(queue: tending)
        source.schedule(deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds))
        source.setEventHandler { [weak self] in self?.tend() }
        timer.start(source)
    }

    private func showLife() throws {
        try life.withLock { life in
            guard life == nil else { return }
            do {
                try Files.makeFolders("\(folder)/writers")
                let lock = try FileLock(Writers.path(folder, writer))
                _ = lock.tryToTake()
                life = lock
            } catch {
                throw Self.sentence(error)
            }
        }
    }

    /// Writes what is waiting, the last checkpoint, and ends. Later events are refused.
    public func close() async {
        timer.stop()
        let isFirst = queue.withLock { queue in !queue.isClosed }
        guard isFirst else { return }
        try? await flushUnauthenticated()
        if options.push != nil {
            await foldAtLast()
            await pushLast()
        }
        queue.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in writing.async { continuation.resume() } }
        await foldAtLast()
        writeCheckpoint(isLast: true)
        life.withLock { life in
            if life != nil { Files.remove(Writers.path(folder, writer)) }
            life = nil
        }
    }

    private func foldAtLast() async {
        await withCheckedContinuation { continuation in
            tending.async {
                _ = try? self.fold()
                continuation.resume()
            }
        }
    }

    deinit { timer.stop() }
}

/// A timer of Dispatch, which may be used from any thread though it does not say so.
private final class Timer: @unchecked Sendable {
    private let lock = Mutex(())
    private var source: (any DispatchSourceTimer)?

    func start(_ source: any DispatchSourceTimer) {
        lock.withLock { _ in self.source = source }
        source.activate()
    }

    func stop() {
        lock.withLock { _ in
            source?.cancel()
            source = nil
        }
    }
}
