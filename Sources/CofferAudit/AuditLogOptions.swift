public import Coffer
import Glibc

extension AuditLog {
    /// What a log may be told at open. The defaults are those of the command.
    public struct Options: Sendable {
        /// Whether a log may be begun where there is none. Otherwise one that is gone is named as such.
        public var mayCreate = false
        /// The account and region of the log's own events.
        public var realm = Realm.unset
        /// How long a caller waits for its event to be durable before the log counts as unavailable.
        public var limit: Duration = .seconds(5)
        /// How often tiles and checkpoint follow the journal; nil for at close only.
        public var interval: Duration? = .seconds(1)
        /// A file elsewhere that gets every checkpoint: another volume, so that the log can't be rolled back with it.
        public var witness: String?
        /// Sends a checkpoint, a signed note, to somebody outside within a time. What an ``AuditError`` says goes to
        /// `notice` and on the record, once until it succeeds; it is tried again with the next checkpoint that is due.
        public var push: (@Sendable (_ note: [UInt8], _ limit: Duration) async throws -> Void)?
        /// How often a checkpoint goes to the witnesses at most; the last one goes at close.
        public var witnessInterval: Duration = .seconds(60)
        /// Told what somebody should look at: little room, a witness that can't be reached. One sentence.
        public var notice: @Sendable (_ sentence: String) -> Void = { _ in }
        /// Bytes of a file that is given up when the disk is full, so that the log can say so and be closed.
        public var reserve = 1 << 20
        /// With fewer free bytes than this, `notice` is told and an event says so.
        public var lowSpace = 64 << 20
        /// Bytes after which a journal begins a new segment.
        public var segmentLimit = 4 << 20
        /// Milliseconds since 1970.
        public var clock: @Sendable () -> Int64 = { AuditClock.milliseconds }

        /// The defaults.
        public init() {}
    }
}

/// The clock of the machine.
public enum AuditClock {
    /// Milliseconds since 1970.
    public static var milliseconds: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
