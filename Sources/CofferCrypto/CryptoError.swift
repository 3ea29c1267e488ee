/// What went wrong in a cryptographic operation: a code for programs, a sentence for people, never a byte of key or data.
public struct CryptoError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The kinds of failure: `catch CryptoError.Code.notAuthentic { … }`.
    ///
    /// Not an enumeration, because Swift would take such a pattern for one of its cases and not ask `~=`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name, as programs see it.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The key has the wrong length for the algorithm.
        public static let invalidKey = Code(rawValue: "invalidKey")
        /// The nonce has the wrong length for the algorithm.
        public static let invalidNonce = Code(rawValue: "invalidNonce")
        /// The message was not sealed with this key, nonce and additional data, or was altered since. No reason is
        /// given, on purpose.
        public static let notAuthentic = Code(rawValue: "notAuthentic")
        /// The output has no room for the result; nothing was written.
        public static let outputTooShort = Code(rawValue: "outputTooShort")
        /// An argument is out of range or malformed.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence: what was asked and what stood in the way.
    public let message: String

    /// An error with a sentence that carries no secret.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Errors are equal when their codes are.
    public static func == (a: CryptoError, b: CryptoError) -> Bool { a.code == b.code }

    /// The sentence.
    public var description: String { message }

    /// The one way in which opening fails.
    static let notAuthentic = CryptoError(
        .notAuthentic, "the sealed bytes do not open with this key and additional data, or were altered")
}

extension CryptoError.Code {
    /// Lets a caller write `catch CryptoError.Code.notAuthentic` where the type of the error is open.
    public static func ~= (code: CryptoError.Code, error: any Error) -> Bool {
        (error as? CryptoError)?.code == code
    }
}
