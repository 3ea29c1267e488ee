import Coffer
import CofferKMS

extension Operation {
    static let policies = [getKeyPolicy, putKeyPolicy, listKeyPolicies]

    private static let policyName = Member("PolicyName", .text(1...128, .word))

    private static let getKeyPolicy = Operation("GetKeyPolicy", .use, [.key(), policyName]) { call in
        let key = try await call.key()
        return try await call.use(key) {
            try call.checkPolicyName()
            let policy = try await call.store.policy(of: key.key) ?? DefaultKeyPolicy.text(call.realm)
            return .members(("Policy", .string(policy)), ("PolicyName", "default"))
        }
    }

    private static let putKeyPolicy = Operation(
        "PutKeyPolicy", .change, [.key(), policyName, .policy(required: true), .bypass]
    ) { call in
        let key = try await call.key()
        let conditions = Conditions(
            "kms:BypassPolicyLockoutSafetyCheck", call.input.bool("BypassPolicyLockoutSafetyCheck").description)
        let policy = try call.policy() ?? ""
        try await call.change(
            key, conditions,
            check: {
                try call.checkPolicyName()
                try await call.checkPolicy(policy, of: key)
            }
        ) { try await call.store.putPolicy(policy, of: key.key) }
        return nil
    }

    private static let listKeyPolicies = Operation("ListKeyPolicies", .use, [.key(), .limit, .marker]) { call in
        let key = try await call.key()
        return try await call.use(key) {
            try call.page(["default"], limit: 100, of: key.id, position: \.self).answer("PolicyNames", JSON.string)
        }
    }
}

extension Call {
    fileprivate func checkPolicyName() throws(Failure) {
        guard input.text("PolicyName") ?? "default" == "default" else { throw .notFound("No such policy exists") }
    }

    /// The policy of the request, if it has one. One that is too long is refused before it gets on the record.
    func policy() throws(Failure) -> String? {
        guard let text = input.text("Policy") else { return nil }
        guard text.utf8.count <= PolicyDocument.maximumKeyPolicyBytes else {
            throw .limit("The policy document is larger than \(PolicyDocument.maximumKeyPolicyBytes) bytes.")
        }
        return text
    }

    /// Refuses a policy that is none, or under which the caller could not change it again.
    func checkPolicy(_ text: String?, of key: NamedKey?) async throws {
        guard let text else { return }
        let policy = try PolicyDocument(parsing: text, kind: .key)
        guard !input.bool("BypassPolicyLockoutSafetyCheck") else { return }
        let resource = key?.arn ?? realm.key("00000000-0000-0000-0000-000000000000")
        let request = AccessRequest(principal, "kms:PutKeyPolicy", on: resource, conditions: key?.conditions ?? [:])
        let everything = ManagedPolicy.named("admin").map { [$0] } ?? []
        let decision = PolicySet(keyPolicy: policy, identityPolicies: everything).evaluate(request, at: api.clock())
        guard decision.isAllowed else {
            throw Failure(
                "MalformedPolicyDocumentException",
                "The new key policy will not allow you to update the key policy in the future.")
        }
    }
}
