import Coffer

/// What the sentences for a failure need to know.
struct Wording: Sendable {
    let realm: Realm
    var key: NamedKey? = nil
    var operation = ""
    /// The name of an alias that is to be made.
    var alias: String? = nil

    var arn: String { key?.arn ?? "The key" }
}

extension Failure {
    /// What a client is told of an error: the one place where Coffer's errors become AWS's.
    init(_ error: any Error, _ wording: Wording) {
        switch error {
        case let failure as Failure: self = failure
        case let failure as AuthenticationFailure:
            self = Failure(
                failure.jsonName, failure.message, status: failure.trouble == nil ? 400 : 500, reason: failure.trouble)
        case let denied as AccessDenied: self = Failure("AccessDeniedException", denied.description)
        case let error as KeyError: self = Failure(error, wording)
        case let error as PolicyError: self = Failure("MalformedPolicyDocumentException", error.description)
        case let error as AuditError:
            let failure = Failure.recordUnavailable
            self = Failure(failure.code, failure.message, status: failure.status, reason: error.message)
        default: self = .internalError("an error of the kind \(type(of: error))")
        }
    }

    private init(_ error: KeyError, _ wording: Wording) {
        let arn = wording.arn
        switch error.code {
        case .disabled: self = .disabled(arn)
        case .pendingDeletion: self = .invalidState("\(arn) is pending deletion.")
        case .pendingImport: self = .invalidState("\(arn) is pending import.")
        case .invalidState: self = .invalidState("\(arn): \(error.message).")
        case .wrongUsage: self = .wrongUsage(wording.key, wording.operation)
        case .incompatibleAlgorithm: self = Failure("InvalidKeyUsageException", "\(error.message).")
        case .notAuthentic: self = .invalidCiphertext
        case .incorrectKey: self = .incorrectKey
        case .notFound: self = .notFound("\(error.message).")
        case .invalidName: self = Failure("InvalidAliasNameException", "\(error.message).")
        case .alreadyExists:
            let name = wording.alias.map(wording.realm.alias) ?? "it"
            self = Failure("AlreadyExistsException", "An alias with the name \(name) already exists")
        case .inUse:
            self = Failure(
                "KMSInvalidStateException",
                "\(arn) still protects data of a registered catalogue; the owner of the store may force it with the "
                    + "command coffer keys.", reason: error.message)
        case .limitExceeded: self = .limit("\(error.message).")
        case .unsupported: self = .unsupported("\(error.message).")
        case .incorrectMaterial: self = Failure("IncorrectKeyMaterialException", "\(error.message).")
        case .invalidImportToken: self = Failure("InvalidImportTokenException", "\(error.message).")
        case .expiredImportToken: self = Failure("ExpiredImportTokenException", "\(error.message).")
        case .invalidGrantToken: self = Failure("InvalidGrantTokenException", "\(error.message).")
        case .noSuchGrant: self = .notFound("\(error.message).")
        case .invalidArgument: self = .validation("\(error.message).")
        case .unavailable:
            self = Failure(
                "DependencyTimeoutException", "The key store can not be reached or written.", status: 500,
                reason: error.message)
        default: self = .internalError(error.message)
        }
    }

    /// The key is for something else than the operation.
    static func wrongUsage(_ key: NamedKey?, _ operation: String) -> Failure {
        let usage = key?.description.usage.rawValue ?? ""
        return .wrongUsage("\(key?.arn ?? "The key") key usage is \(usage) which is not valid for \(operation).")
    }
}
