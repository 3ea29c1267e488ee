public import Coffer

/// Why a run or a reveal was refused or failed: a code for programs, a sentence for people, never a value of the data.
public struct PipelineError: CodedError {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The policy does not fit the data: a column not named, named twice, or of a type that can't be protected so.
        case policy
        /// The source can't be read: missing, malformed, of another schema than before.
        case source
        /// The source changed while it was read.
        case sourceChanged
        /// The destination can't be written or does not fit.
        case destination
        /// A connection was refused or lost.
        case connection
        /// More than memory or a limit allows.
        case tooLarge
        /// A protected value does not open here. No reason is given, on purpose.
        case notAuthentic
        /// The catalogue is missing, malformed, or names what is not allowed.
        case catalogue
        /// The token vault is missing, damaged, or another one.
        case vault
        /// The engine or a driver is missing.
        case engine
        /// The user or a signal ended it.
        case interrupted
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence.
    public let message: String
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error with a sentence that carries no value.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
