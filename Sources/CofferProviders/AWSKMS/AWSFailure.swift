import Coffer

/// An answer of AWS that is an error: its name and its sentence.
struct AWSFailure {
    /// `NotFoundException`.
    let name: String
    /// What it says; cut short, and plain.
    let message: String
    /// Whether asking again may help.
    let isPassing: Bool

    init(status: Int, body: [UInt8]) {
        let json = try? JSON(parsing: body)
        let type = json?["__type"]?.string ?? json?["code"]?.string ?? ""
        let name = type.split(separator: "#").last.map(String.init) ?? ""
        self.name = name.utf8.count <= 100 && name.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? name : ""
        let message = json?["message"]?.string ?? json?["Message"]?.string ?? ""
        self.message = String(
            decoding: message.utf8.prefix(400).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
        isPassing = status == 429 || status >= 500 || Self.passing.contains(name)
    }

    private static let passing: Set<String> = [
        "ThrottlingException", "Throttling", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "PriorRequestNotComplete", "SlowDown",
        "KMSInternalException", "DependencyTimeoutException", "InternalFailure", "InternalServerError",
        "ServiceUnavailable", "ServiceUnavailableException", "KeyUnavailableException", "RequestTimeout",
        "RequestTimeoutException",
    ]

    /// Names for whoever AWS does not know or believe.
    private static let authentication: Set<String> = [
        "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
        "MissingAuthenticationTokenException", "MissingAuthenticationToken", "IncompleteSignatureException",
        "IncompleteSignature", "ExpiredTokenException", "ExpiredToken", "AuthFailure", "NotAuthorized",
    ]

    /// What it means for whoever asked `operation` of `key`.
    func error(_ operation: String, _ key: KeyID) -> KeyError {
        let said = message.isEmpty ? name : "\(name): \(message)"
        switch name {
        case "NotFoundException": return KeyError(.notFound, "AWS KMS has no key \(key)", hint: "check its region")
        case "InvalidArnException", "InvalidAliasNameException":
            return KeyError(.invalidName, "AWS KMS does not take \(key) for a key")
        case "DisabledException": return KeyError(.disabled, "\(key) is disabled", hint: "enable it in AWS KMS")
        case "KMSInvalidStateException":
            let isPending = message.contains("pending deletion")
            return isPending
                ? KeyError(.pendingDeletion, "\(key) waits for its deletion", hint: "cancel that in AWS KMS")
                : KeyError(.invalidState, "\(key) is not in a state for that: \(said)")
        case "InvalidKeyUsageException":
            return KeyError(.wrongUsage, "\(key) is not for \(operation)")
        case "InvalidCiphertextException", "IncorrectKeyException":
            return KeyError(.notAuthentic, "the wrapped key does not open with \(key) and this context")
        case "AccessDeniedException", "AccessDenied", "InvalidGrantTokenException":
            return KeyError(
                .notAllowed, "AWS KMS refuses \(operation) with \(key): \(said)",
                hint: "allow kms:\(operation) in the key's policy or the user's")
        case "ExpiredTokenException", "ExpiredToken":
            return KeyError(
                .unavailable, "AWS KMS says that the session is over", hint: "get new credentials and run it again")
        case let name where Self.authentication.contains(name):
            return KeyError(
                .unavailable, "AWS KMS does not accept the credentials: \(said)",
                hint: "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the region and this machine's clock")
        case "ValidationException": return KeyError(.invalidArgument, "AWS KMS refuses \(operation): \(said)")
        default:
            return KeyError(
                isPassing ? .unavailable : .invalidState,
                "AWS KMS failed at \(operation)\(said.isEmpty ? "" : ": " + said)",
                hint: isPassing ? "try again later" : nil)
        }
    }
}
