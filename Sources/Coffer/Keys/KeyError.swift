/// What went wrong with a key: a code for programs, a sentence for people, never key material.
public struct KeyError: CodedError {
    /// The kinds of failure a caller can act on: `catch KeyError.Code.disabled { … }`.
    public struct Code: ErrorCode {
        /// The errors that have such codes.
        public typealias Failure = KeyError
        /// The name, as programs see it.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The text is not a key name.
        public static let invalidName = Code(rawValue: "invalidName")
        /// There is no such key, alias or version.
        public static let notFound = Code(rawValue: "notFound")
        /// The key or the version is disabled.
        public static let disabled = Code(rawValue: "disabled")
        /// The key waits for its destruction.
        public static let pendingDeletion = Code(rawValue: "pendingDeletion")
        /// The key is not in the state that the operation is for.
        public static let invalidState = Code(rawValue: "invalidState")
        /// The key is of another kind than the operation needs (a MAC key can't wrap).
        public static let wrongUsage = Code(rawValue: "wrongUsage")
        /// The name is taken.
        public static let alreadyExists = Code(rawValue: "alreadyExists")
        /// The wrapped key does not open with this key and context. No reason is given, on purpose.
        public static let notAuthentic = Code(rawValue: "notAuthentic")
        /// The key is not among those the caller allows.
        public static let notAllowed = Code(rawValue: "notAllowed")
        /// A registered catalogue still needs the version.
        public static let inUse = Code(rawValue: "inUse")
        /// The store refuses to open: altered, rolled back, or the wrong root key.
        public static let storeRefused = Code(rawValue: "storeRefused")
        /// The store or service can't be reached or written.
        public static let unavailable = Code(rawValue: "unavailable")
        /// A token of a grant that is not there, or no token at all.
        public static let invalidGrantToken = Code(rawValue: "invalidGrantToken")
        /// There is no such grant.
        public static let noSuchGrant = Code(rawValue: "noSuchGrant")
        /// There are as many of these as there may be.
        public static let limitExceeded = Code(rawValue: "limitExceeded")
        /// An argument is out of range.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// The ciphertext is under another key than the one that was named.
        public static let incorrectKey = Code(rawValue: "incorrectKey")
        /// The algorithm is not one of this kind of key.
        public static let incompatibleAlgorithm = Code(rawValue: "incompatibleAlgorithm")
        /// The material of the key is still to be imported.
        public static let pendingImport = Code(rawValue: "pendingImport")
        /// The material is not the one that was imported first.
        public static let incorrectMaterial = Code(rawValue: "incorrectMaterial")
        /// The import token is of another key or another store, or not a token.
        public static let invalidImportToken = Code(rawValue: "invalidImportToken")
        /// The import token was made more than a day ago.
        public static let expiredImportToken = Code(rawValue: "expiredImportToken")
        /// Keys of this kind don't do that.
        public static let unsupported = Code(rawValue: "unsupported")
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
}
