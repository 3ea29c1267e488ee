/// What an error is called on the record: the code AWS has for it, and its sentence.
public enum FailureName {
    /// The code and the sentence of `error`. Never more than we know of it: the text of an error from a library may quote
    /// values.
    public static func of(_ error: any Error) -> (code: String, message: String) {
        switch error {
        case let error as KeyError: (name(of: error.code), error.message)
        case let error as MessageError:
            ("Message\(error.code.rawValue.prefix(1).uppercased())\(error.code.rawValue.dropFirst())", error.message)
        case let error as AuditError: ("KMSInternalException", error.message)
        case let error as AccessDenied: ("AccessDenied", "\(error)")
        case let error as ObjectError: (name(of: error.code), error.message)
        case let error as ConfigurationError: ("ValidationException", error.message)
        case is CancellationError: ("Cancelled", "the caller went away")
        default: ("InternalFailure", "failed with an error of the kind \(type(of: error))")
        }
    }

    private static func name(of code: ObjectError.Code) -> String {
        "Object\(code.rawValue.prefix(1).uppercased())\(code.rawValue.dropFirst())"
    }

    private static func name(of code: KeyError.Code) -> String {
        switch code {
        case .notFound: "NotFoundException"
        case .disabled: "DisabledException"
        case .pendingDeletion, .pendingImport, .invalidState: "KMSInvalidStateException"
        case .wrongUsage: "InvalidKeyUsageException"
        case .alreadyExists: "AlreadyExistsException"
        case .notAuthentic: "InvalidCiphertextException"
        case .incorrectKey: "IncorrectKeyException"
        case .invalidName, .invalidArgument: "ValidationException"
        case .limitExceeded: "LimitExceededException"
        case .unsupported: "UnsupportedOperationException"
        case .notAllowed: "AccessDenied"
        default: code.rawValue.prefix(1).uppercased() + code.rawValue.dropFirst()
        }
    }
}
