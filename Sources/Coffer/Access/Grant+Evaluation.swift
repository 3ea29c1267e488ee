extension Grant {
    /// What it is called in reasons.
    var label: String { "grant \(name.map { "“\($0)” " } ?? "")\(id.prefix(8))" }

    /// Whether it allows the request: its key, its grantee, one of its operations, a context within its constraints.
    func allows(_ facts: RequestFacts) -> Bool {
        let request = facts.request
        guard let operation = Self.operation(of: request.action), isOn(request.resource) else { return false }
        if operation == .retireGrant, let retiring, Self.isSame(retiring, request.principal.arn) { return true }
        guard operations.contains(operation), Self.isSame(grantee, request.principal.arn) else { return false }
        if operation == .createGrant { return allowsMaking(facts) }
        guard operation.takesContext, !constraints.isEmpty else { return true }
        guard let context = facts.encryptionContext else { return false }
        return constraints.allow(context)
    }

    /// Whether a grant made with this one gives no more than it: no other operation, and contexts as narrow at least.
    private func allowsMaking(_ facts: RequestFacts) -> Bool {
        let wanted = facts.values(of: ConditionKey("kms:GrantOperations"))
        let own = operations.map(\.rawValue)
        guard !wanted.isEmpty, wanted.allSatisfy(own.contains) else { return false }
        if constraints.isEmpty { return true }
        guard let context = facts.encryptionContext else { return false }
        let types = facts.values(of: ConditionKey("kms:GrantConstraintType"))
        if types.contains("EncryptionContextEquals") { return constraints.allow(context) }
        return types == ["EncryptionContextSubset"] && constraints.equals == nil && constraints.allow(context)
    }

    private func isOn(_ resource: String) -> Bool {
        if key.name.hasPrefix("arn:") { return Self.isSame(key.name, resource) }
        let tail = ":key/\(key.name)".utf8
        return ARN.isKey(resource) && resource.utf8.suffix(tail.count).elementsEqual(tail)
    }

    static func operation(of action: String) -> Operation? {
        action.hasPrefix("kms:") ? Operation(rawValue: String(action.dropFirst(4))) : nil
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
