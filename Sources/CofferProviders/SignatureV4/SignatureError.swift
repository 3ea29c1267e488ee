/// Why a request is not taken for its sender's, in the sentence that AWS says.
public struct SignatureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    public enum Code: String, Hashable, Sendable {
        /// It is not signed at all.
        case missingToken
        /// A part of the signature is not there, or not written as it should be.
        case incomplete
        /// The access key is not known.
        case unknownAccessKey
        /// The signature is for another day, region or service, or both in a header and in the query.
        case wrongScope
        /// A header that must be signed is not.
        case unsignedHeader
        /// It is too old.
        case expired
        /// It is from the future.
        case notYetValid
        /// It is another signature than the secret makes.
        case mismatch
    }

    /// What kind of refusal it is.
    public let code: Code
    /// The sentence; for whoever sent the request.
    public let message: String

    /// An error with a sentence of one's own.
    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    /// The sentence.
    public var description: String { message }

    /// What AWS calls it in JSON.
    public var jsonName: String {
        switch code {
        case .missingToken: "MissingAuthenticationTokenException"
        case .incomplete: "IncompleteSignatureException"
        case .unknownAccessKey: "UnrecognizedClientException"
        case .wrongScope, .unsignedHeader, .expired, .notYetValid, .mismatch: "InvalidSignatureException"
        }
    }

    /// What AWS calls it in XML, where STS and IAM speak it.
    public var queryName: String {
        switch code {
        case .missingToken: "MissingAuthenticationToken"
        case .incomplete: "IncompleteSignature"
        case .unknownAccessKey: "InvalidClientTokenId"
        case .wrongScope, .unsignedHeader, .expired, .notYetValid, .mismatch: "SignatureDoesNotMatch"
        }
    }

    /// The request is not signed.
    public static let missingToken = SignatureError(.missingToken, "Missing Authentication Token")
    /// Nobody has this access key.
    public static let unknownAccessKey = SignatureError(
        .unknownAccessKey, "The security token included in the request is invalid.")
    /// The signature is another one than the secret makes.
    public static let mismatch = SignatureError(
        .mismatch,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
            + "and signing method. Consult the service documentation for details.")
}
