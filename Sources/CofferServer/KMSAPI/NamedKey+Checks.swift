import Coffer

extension NamedKey {
    /// Refuses a key that may not be used, in AWS's words for its state.
    func checkUsable() throws(Failure) {
        switch description.state {
        case .enabled: return
        case .disabled: throw .disabled(arn)
        case .pendingDeletion: throw .invalidState("\(arn) is pending deletion.")
        case .pendingImport: throw .invalidState("\(arn) is pending import.")
        }
    }

    /// Refuses a key that is about to be destroyed.
    func checkNotPendingDeletion() throws(Failure) {
        if description.state == .pendingDeletion { throw .invalidState("\(arn) is pending deletion.") }
    }

    /// Refuses a key that may not be used, or not for `operation`.
    func checkUsable(for usage: KeyDescription.Usage, _ operation: String) throws(Failure) {
        guard description.usage == usage else { throw .wrongUsage(self, operation) }
        try checkUsable()
    }

    /// Refuses an algorithm that is none of the key's.
    func check(algorithm: String, isOneOf algorithms: [String]) throws(Failure) {
        guard algorithms.contains(algorithm) else {
            throw .wrongUsage("Algorithm \(algorithm) is incompatible with key spec \(description.spec.rawValue).")
        }
    }

    /// Refuses a key that does not encrypt with an AES key of its own.
    func checkSymmetric(_ operation: String) throws(Failure) {
        try checkUsable(for: .encryptDecrypt, operation)
        try check(algorithm: "SYMMETRIC_DEFAULT", isOneOf: description.spec.encryptionAlgorithms.map(\.rawValue))
    }

    /// Refuses a key whose material did not come from `origin`.
    func check(origin: KeyOrigin) throws(Failure) {
        guard description.origin == origin else {
            throw .unsupported("\(arn) origin is \(description.origin.rawValue) which is not valid for this operation.")
        }
    }
}
