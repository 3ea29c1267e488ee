/// What went wrong with a message: a code for programs, a sentence for people, never a byte of key or data, nor where in
/// the message it happened.
public struct MessageError: CodedError {
    /// The kinds of failure a caller can act on: `catch MessageError.Code.notAuthentic { … }`.
    public struct Code: ErrorCode {
        /// The errors that have such codes.
        public typealias Failure = MessageError
        /// The name, as programs see it.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes are no message of this format, or one that ends before its beginning is whole.
        public static let malformed = Code(rawValue: "malformed")
        /// The message was altered, cut short or put together from others. No reason is given, on purpose.
        public static let notAuthentic = Code(rawValue: "notAuthentic")
        /// None of the keys at hand opens the message.
        public static let noKey = Code(rawValue: "noKey")
        /// The message is sound, and the caller's own rules refuse it.
        public static let notAllowed = Code(rawValue: "notAllowed")
        /// The message's context is not the one that the caller demands.
        public static let wrongContext = Code(rawValue: "wrongContext")
        /// An argument is out of range.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// The message is longer than its format can carry.
        public static let tooLong = Code(rawValue: "tooLong")
        /// A file or stream can't be read or written.
        public static let unavailable = Code(rawValue: "unavailable")
        /// Somebody wanted to stop; nothing was changed.
        public static let interrupted = Code(rawValue: "interrupted")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence: what was asked and what stood in the way.
    public let message: String
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error with a sentence that carries no secret.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The one way in which a message whose keys are at hand fails to open.
    static var notAuthentic: MessageError {
        MessageError(.notAuthentic, "the message does not open: it was altered, cut short or is not whole")
    }
}
