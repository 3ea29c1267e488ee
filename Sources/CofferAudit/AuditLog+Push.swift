import Coffer
import Synchronization

extension AuditLog {
    /// For one checkpoint on its way, all tries included.
    private static let pushLimit = Duration.seconds(20)
    /// The same when the log is closed: somebody waits for that.
    private static let lastPushLimit = Duration.seconds(5)

    /// Since when a webhook can't be reached, when it was tried last, and why; kept beside the log, so that processes
    /// say it once between them.
    private var failurePath: String { WitnessFailure.path(folder) }

    /// Sends the last checkpoint by the webhook, if it is time and none is on its way. Comes back at once.
    func beginPush() {
        guard options.push != nil else { return }
        sent.withLock { sent in
            guard sent.pushing == nil, isDue(sent.pushTime) else { return }
            sent.pushTime = .now
            sent.pushing = Task {
                await push(within: Self.pushLimit)
                self.sent.withLock { $0.pushing = nil }
            }
        }
    }

    /// Sends the last checkpoint before the log is closed. A process that lives for one command does not try again so soon
    /// what just failed in another one.
    func pushLast() async {
        guard options.push != nil else { return }
        let pushing = sent.withLock { $0.pushing }
        pushing?.cancel()
        await pushing?.value
        let isShort = options.interval == nil
        if isShort, let failure = WitnessFailure(in: folder), options.clock() - failure.tried < 60_000,
            options.clock() >= failure.tried
        {
            return
        }
        await push(within: Self.lastPushLimit)
    }

    private func push(within limit: Duration) async {
        guard let push = options.push, let checkpoint = try? currentCheckpoint(),
            sent.withLock({ $0.pushed }) != checkpoint
        else { return }
        do {
            try await push(checkpoint.note, limit)
            sent.withLock { ($0.pushed, $0.trouble) = (checkpoint, nil) }
            await witnessIsReached()
        } catch is CancellationError {
            return
        } catch {
            await witnessIsGone((error as? AuditError)?.message ?? "the witness of the audit log can't be reached")
        }
    }

    private func witnessIsGone(_ reason: String) async {
        let (now, before) = (options.clock(), WitnessFailure(in: folder))
        let failure = WitnessFailure(since: before?.since ?? now, tried: now, reason: reason)
        sent.withLock { $0.trouble = failure.sentence }
        try? Files.replace(failurePath, failure.bytes)
        guard before == nil else { return }
        options.notice("\(reason); it is tried again, and keys are used meanwhile")
        try? await record([event("AuditWitnessUnreachable", error: ("WitnessUnreachable", reason))])
    }

    private func witnessIsReached() async {
        guard let failure = WitnessFailure(in: folder) else { return }
        Files.remove(failurePath)
        options.notice("the witness of the audit log is reached again")
        let since = JSON.members(("unreachableSince", .string(EventTime.text(failure.since))))
        try? await record([event("AuditWitnessReached", since)])
    }

    /// What somebody should look at though keys are used: a witness that can't be reached.
    public var warnings: [String] { sent.withLock { $0.trouble.map { [$0] } ?? [] } }
}

/// That no checkpoint reaches a webhook.
struct WitnessFailure: Hashable, Sendable {
    let since: Int64
    let tried: Int64
    let reason: String

    static func path(_ folder: String) -> String { "\(folder)/witness.failed" }

    init(since: Int64, tried: Int64, reason: String) { (self.since, self.tried, self.reason) = (since, tried, reason) }

    /// What the file says; nil where there is none, or one that says nothing.
    init?(in folder: String) {
        guard let bytes = try? Files.read(Self.path(folder), limit: 4096) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let since = EventTime.milliseconds(String(parts[0])),
            let tried = EventTime.milliseconds(String(parts[1]))
        else { return nil }
        self.init(since: since, tried: tried, reason: String(parts[2].prefix { !$0.isNewline }))
    }

    var bytes: [UInt8] { Array("\(EventTime.text(since)) \(EventTime.text(tried)) \(reason)\n".utf8) }

    var sentence: String { "no checkpoint reached the witness since \(EventTime.text(since)): \(reason)" }
}
