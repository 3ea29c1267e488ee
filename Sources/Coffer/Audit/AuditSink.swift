/// Where events go: the tamper-evident log, or in tests a list.
public protocol AuditSink: Sendable {
    /// Returns once `event` is durable; throws an ``AuditError`` where it can't be made so, and then what the event tells
    /// of must not happen.
    func record(_ event: AuditEvent) async throws
}

/// The record can't be kept, or is not what it was.
public struct AuditError: CodedError {
    /// The kinds of failure a caller can act on.
    public struct Code: ErrorCode {
        /// The errors that have such codes.
        public typealias Failure = AuditError
        /// The name, as programs see it.
        public let rawValue: String
        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The log can't be written: a full disk, a sink that hangs.
        public static let unavailable = Code(rawValue: "unavailable")
        /// The log is not what it was: removed, truncated, reordered, edited.
        public static let altered = Code(rawValue: "altered")
        /// The log or the key store is older than a checkpoint that was kept elsewhere.
        public static let rolledBack = Code(rawValue: "rolledBack")
        /// There is no log, or no such event.
        public static let notFound = Code(rawValue: "notFound")
        /// An argument is out of range.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence.
    public let message: String
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error with a sentence that carries no secret.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        (self.code, self.message, self.hint) = (code, message, hint)
    }
}
