public import Coffer

extension KeyStore {
    /// How long a policy may be, in bytes.
    public static let policyByteLimit = 32 * 1024

    /// The policy of `key`; nil where it has the default one, which leaves the decision to the account.
    public func policy(of key: KeyID) async throws -> String? {
        let tables = try tables()
        return tables.policies[try tables.key(key).id]?.document
    }

    /// Gives `key` a policy, which the caller has parsed; nil gives it the default one back. In any state of the key.
    public func putPolicy(_ document: String?, of key: KeyID) async throws {
        guard document?.utf8.count ?? 0 <= Self.policyByteLimit else { throw KeyError.policyTooLong }
        try await change { edit in
            let id = try edit.tables.key(key).id
            if let document {
                if edit.tables.policies[id]?.document != document { edit.put(PolicyRecord(id: id, document: document)) }
            } else {
                edit.remove(PolicyRecord.self, id)
            }
        }
    }
}

extension KeyError {
    static var policyTooLong: KeyError {
        KeyError(.limitExceeded, "a policy has at most 32 KiB", hint: "say it with fewer statements")
    }
}
