/// Whom a statement of a key policy is about.
struct PolicyPrincipals: Sendable {
    /// How a statement is about somebody.
    enum Match: Hashable { case none, account, itself }

    /// Whether it is about all but these (`NotPrincipal`).
    let isExcluding: Bool
    /// Whether it is about everybody.
    let isEveryone: Bool
    /// Account numbers, from `123456789012` or `arn:aws:iam::123456789012:root`.
    let accounts: [Pattern]
    /// ARNs of users and the like.
    let arns: [Pattern]
    /// What is written, for explanations and reviews.
    let names: [String]

    /// How the statement is about `principal`. An Allow to the account lets its own policies decide, and its owner alone is
    /// the account itself.
    func match(_ principal: Principal) -> Match {
        let isNamed = arns.contains { $0.matches(principal.arn) }
        let isInAccount = accounts.contains { $0.matches(principal.account) }
        if isExcluding {
            // As AWS has it: whoever is left out must be named, and so must the account.
            let isLeftOut = isInAccount && (isNamed || principal.kind == .owner)
            return isLeftOut ? .none : .itself
        }
        if isEveryone || isNamed { return .itself }
        guard isInAccount else { return .none }
        return principal.kind == .owner ? .itself : .account
    }
}
