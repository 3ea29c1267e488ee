/// What a client is told where something does not work: a code and a sentence as AWS words them.
struct Failure: Error, Hashable {
    /// `NotFoundException`.
    let code: String
    /// The sentence; empty where AWS says nothing, so that nobody learns which part was wrong.
    let message: String
    /// The status of HTTP: 400, but for what is not the client's fault.
    let status: Int
    /// What the record says in place of the sentence.
    let reason: String?

    init(_ code: String, _ message: String, status: Int = 400, reason: String? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason
    }

    /// Code and sentence for the record.
    var recorded: (code: String, message: String) { (code, reason ?? message) }
}

extension Failure {
    static func notFound(_ message: String) -> Failure { Failure("NotFoundException", message) }
    static func disabled(_ arn: String) -> Failure { Failure("DisabledException", "\(arn) is disabled.") }
    static func invalidState(_ message: String) -> Failure { Failure("KMSInvalidStateException", message) }
    static func validation(_ message: String) -> Failure { Failure("ValidationException", message) }
    static func unsupported(_ message: String = "") -> Failure { Failure("UnsupportedOperationException", message) }
    static func limit(_ message: String) -> Failure { Failure("LimitExceededException", message) }
    static func tag(_ message: String) -> Failure { Failure("TagException", message) }
    static func wrongUsage(_ message: String) -> Failure { Failure("InvalidKeyUsageException", message) }

    static let dryRun = Failure(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    static let invalidCiphertext = Failure(
        "InvalidCiphertextException", "",
        reason:
            "the ciphertext does not open: it was altered, or the encryption context or the algorithm is not the one "
            + "it was encrypted with")
    static let incorrectKey = Failure(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.")
    static let invalidGrantToken = Failure("InvalidGrantTokenException", "The grant token is not valid.")
    static let invalidMarker = Failure("InvalidMarkerException", "The marker is not one that this operation gave out.")
    static let throttled = Failure("ThrottlingException", "Rate exceeded")
    static let unknownOperation = Failure("UnknownOperationException", "")
    static let tooLarge = Failure("RequestEntityTooLargeException", "The request is too large.", status: 413)
    /// Nothing of what went wrong inside is told; the record has it.
    static func internalError(_ reason: String) -> Failure {
        Failure("KMSInternalException", "The request could not be completed.", status: 500, reason: reason)
    }
    /// The record can't be kept, so that nothing is done.
    static let recordUnavailable = Failure(
        "DependencyTimeoutException", "The audit log can not be written, so no operation is carried out.", status: 500)
}
