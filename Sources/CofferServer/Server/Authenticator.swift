public import Coffer

/// Recognizes who sent a request by one kind of credentials: a signature, later a client certificate or a token. Whoever is
/// recognized becomes a ``Principal``; nothing behind it knows how.
public protocol Authenticator: Sendable {
    /// Who sent `request`; nil where it has no credentials of this kind. `service` is whose operation is asked for: `kms`.
    func principal(of request: ServerRequest, service: String) throws(AuthenticationFailure) -> Principal?
}

/// Why somebody is not let in.
public struct AuthenticationFailure: Error, Hashable, Sendable {
    /// What AWS calls it in JSON: `InvalidSignatureException`.
    public let jsonName: String
    /// What AWS calls it where it answers in XML.
    public let queryName: String
    /// The sentence.
    public let message: String
    /// Why it could not be found out who asks, for the record; nil where they are at fault.
    public let trouble: String?

    /// A failure.
    public init(jsonName: String, queryName: String, message: String, trouble: String? = nil) {
        self.jsonName = jsonName
        self.queryName = queryName
        self.message = message
        self.trouble = trouble
    }

    /// It can't be found out who asks just now: clients try again.
    public static func unavailable(_ trouble: String) -> AuthenticationFailure {
        AuthenticationFailure(
            jsonName: "DependencyTimeoutException", queryName: "ServiceUnavailable",
            message: "The key store can not be reached.", trouble: trouble)
    }

    /// There are no credentials at all.
    public static let missing = AuthenticationFailure(
        jsonName: "MissingAuthenticationTokenException", queryName: "MissingAuthenticationToken",
        message: "Missing Authentication Token")
    /// This identity asks too often.
    public static let throttled = AuthenticationFailure(
        jsonName: "ThrottlingException", queryName: "Throttling", message: "Rate exceeded")
}

/// A request that was refused before it was known whose it was: for the record, which counts them together.
public struct Refusal: Hashable, Sendable {
    /// The code that was answered.
    public let code: String
    /// Why it could not be found out who asks; nil where they are at fault.
    public let trouble: String?
    /// The address it came from.
    public let address: String?
    /// What the client says it is.
    public let userAgent: String?
    /// What was asked for, where that could be read.
    public let operation: String?
    /// Whose operation: `kms`, `sts`.
    public let service: String
}
