/// What went wrong with an object: a code for programs, a sentence for people, never a byte of it.
public struct ObjectError: CodedError {
    /// The kinds of failure a caller can act on: `catch ObjectError.Code.notFound { … }`.
    public struct Code: ErrorCode {
        /// The errors that have such codes.
        public typealias Failure = ObjectError
        /// The name, as programs see it.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is no such object, or no such place for objects.
        public static let notFound = Code(rawValue: "notFound")
        /// The store refuses this caller.
        public static let notAllowed = Code(rawValue: "notAllowed")
        /// The object is not, or no longer, the one that was meant.
        public static let conditionFailed = Code(rawValue: "conditionFailed")
        /// The store can't keep an object of this name.
        public static let invalidName = Code(rawValue: "invalidName")
        /// An argument is out of range.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// More than the store or a limit allows.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// The store can't be asked, or failed.
        public static let unavailable = Code(rawValue: "unavailable")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence: what was asked and what stood in the way.
    public let message: String
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error with a sentence that carries no secret.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        (self.code, self.message, self.hint) = (code, message, hint)
    }
}

extension ObjectError {
    /// There is no object of that name.
    package static func notFound(_ name: String, in location: String) -> ObjectError {
        ObjectError(.notFound, "there is no \(location)/\(name)")
    }

    /// What a condition that does not hold is answered with.
    package static func failed(_ condition: ObjectCondition, _ name: String, in location: String) -> ObjectError {
        let reason = condition == .ifAbsent ? "is there already" : "has changed meanwhile"
        return ObjectError(.conditionFailed, "\(location)/\(name) \(reason); nothing was written")
    }

    /// A range that begins where the object has ended.
    package static func beyond(_ byteCount: Int, _ name: String, in location: String) -> ObjectError {
        ObjectError(
            .invalidArgument, "the range begins behind the end of \(location)/\(name), which has \(byteCount) bytes")
    }
}
