/// Brings messages under the newest version of their keys, or under other keys.
///
/// Rewrapping changes who can open a message from now on. It takes nothing back: who has a copy of the old message, or
/// its data key, keeps what they had.
public protocol Rewrapping: Sendable {
    /// What there is to do with `message`, found out without using a key of a service.
    func plan(_ message: any SeekableMessageSource) async throws -> RewrapPlan
}

/// What there is to do to bring one message under the keys it is to be under.
public struct RewrapPlan: Sendable {
    /// How it is done.
    public enum Way: String, Sendable {
        /// It is under them: nothing is to be done.
        case none
        /// A new header before the same body. The data key stays.
        case header
        /// The same plaintext in a new message, under a new data key.
        case reencryption
    }

    /// How.
    public let way: Way
    /// The keys it is under now, and of which versions, as it says itself.
    public let recipients: [MessageDescription.Recipient]
    private let work: @Sendable (any MessageSink) async throws -> Void

    /// A plan that `work` carries out.
    public init(
        _ way: Way, recipients: [MessageDescription.Recipient],
        _ work: @escaping @Sendable (any MessageSink) async throws -> Void = { _ in }
    ) {
        self.way = way
        self.recipients = recipients
        self.work = work
    }

    /// Writes the new message. It is finished only when the old one has been verified, as far as it is opened.
    public func carryOut(into sink: any MessageSink) async throws { try await work(sink) }
}

extension MessageFormat {
    /// Opens `message` and seals what is in it by `other`: a few blocks at a time, and nothing of it touches a disk.
    public func reseal(
        _ message: any MessageSource, by other: any MessageFormat, into sink: any MessageSink
    ) async throws {
        let pipe = MessagePipe()
        await Offloading.$hasOwnThread.withValue(true) {
            async let sealed: Void = {
                do { try await other.seal(pipe, into: sink) } catch { pipe.fail(error) }
            }()
            do { try await open(message, into: pipe) } catch { pipe.fail(error) }
            await sealed
        }
        if let failure = pipe.failure { throw failure }
    }
}

/// Messages of any format, opened and sealed again under other keys. Whether one is under them already is not known.
public struct Reencryption: Rewrapping {
    private let old: any MessageFormat
    private let new: any MessageFormat

    /// What `old` opens is sealed by `new`.
    public init(from old: any MessageFormat, to new: any MessageFormat) { (self.old, self.new) = (old, new) }

    /// Always a new message.
    public func plan(_ message: any SeekableMessageSource) async throws -> RewrapPlan {
        try await offloaded { try message.seek(to: 0) }
        let found = try await type(of: old).describe(message)
        return RewrapPlan(.reencryption, recipients: found.recipients) { [old, new] sink in
            try message.seek(to: 0)
            try await old.reseal(message, by: new, into: sink)
        }
    }
}
