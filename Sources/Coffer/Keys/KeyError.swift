/// What went wrong with a key: a code for programs, a sentence for people, never key material.
public struct KeyError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The kinds of failure a caller can act on.
    public enum Code: String, Sendable {
        /// The text is not a key name.
        case invalidName
        /// There is no such key, alias or version.
        case notFound
        /// The key or the version is disabled.
        case disabled
        /// The key is of another kind than the operation needs (a MAC key can't wrap).
        case wrongUsage
        /// The name is taken.
        case alreadyExists
        /// The wrapped key does not open with this key and context. No reason is given, on purpose.
        case notAuthentic
        /// The key is not among those the caller allows.
        case notAllowed
        /// A registered catalogue still needs the version.
        case inUse
        /// The store refuses to open: altered, rolled back, or the wrong root key.
        case storeRefused
        /// The store or service can't be reached or written.
        case unavailable
        /// An argument is out of range.
        case invalidArgument
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence: what was asked, what stood in the way, what to do.
    public let message: String
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error with a sentence that carries no secret.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Errors are equal when their codes are.
    public static func == (a: KeyError, b: KeyError) -> Bool { a.code == b.code }

    /// The sentence.
    public var description: String { message }
}

extension KeyError.Code {
    /// Lets a caller write `catch KeyError.Code.disabled`.
    public static func ~= (code: KeyError.Code, error: any Error) -> Bool {
        (error as? KeyError)?.code == code
    }
}
