extension PolicyParser {
    /// Whom a statement is about: required in a key policy, forbidden in an identity policy.
    func principals(_ json: JSON, _ effect: PolicyStatement.Effect) throws(PolicyError) -> PolicyPrincipals? {
        let (given, excluded) = (json["Principal"], json["NotPrincipal"])
        if kind == .identity {
            guard given == nil, excluded == nil else {
                throw PolicyError("an identity policy has no Principal: it is about whoever it is attached to")
            }
            return nil
        }
        guard given == nil || excluded == nil else {
            throw PolicyError("Principal and NotPrincipal exclude each other")
        }
        if let given { return try principals(given, isExcluding: false) }
        guard let excluded else {
            throw PolicyError("Principal is missing", hint: "every statement of a key policy has one")
        }
        guard effect == .deny else {
            throw PolicyError(
                "NotPrincipal with Allow would let in everybody else", hint: "name whom to allow, with Principal")
        }
        let principals = try principals(excluded, isExcluding: true)
        guard !principals.isEveryone else { throw PolicyError("NotPrincipal * is about nobody") }
        return principals
    }

    private func principals(_ json: JSON, isExcluding: Bool) throws(PolicyError) -> PolicyPrincipals {
        if json.string == "*" {
            return PolicyPrincipals(isExcluding: isExcluding, isEveryone: true, accounts: [], arns: [], names: ["*"])
        }
        guard let members = json.members, !members.isEmpty else {
            throw PolicyError("Principal must be * or an object", hint: #"write {"AWS": "arn:aws:iam::…:user/…"}"#)
        }
        var isEveryone = false
        var (accounts, arns, names): ([Pattern], [Pattern], [String]) = ([], [], [])
        for member in members {
            guard ["AWS", "Service", "Federated", "CanonicalUser"].contains(member.name) else {
                throw PolicyError("Principal has no member \(PolicyError.quote(member.name))")
            }
            for text in try principalTexts(member.value) {
                names.append(text)
                // Services and the like are none of our callers, so a statement about them is about none of them.
                guard member.name == "AWS" else { continue }
                if text == "*" {
                    isEveryone = true
                } else if let account = try account(text) {
                    accounts.append(Pattern(exactly: account))
                } else {
                    arns.append(Pattern(exactly: text))
                }
            }
        }
        return PolicyPrincipals(
            isExcluding: isExcluding, isEveryone: isEveryone, accounts: accounts, arns: arns, names: names)
    }

    private func principalTexts(_ json: JSON) throws(PolicyError) -> [String] {
        let elements = json.array ?? [json]
        guard !elements.isEmpty else { throw PolicyError("Principal has an empty list") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.string, !text.isEmpty else { throw PolicyError("a principal must be a text") }
            texts.append(text)
        }
        return texts
    }

    /// The number of the account that `text` stands for; nil where it is the ARN of somebody in one.
    private func account(_ text: String) throws(PolicyError) -> String? {
        func isAccount(_ text: Substring) -> Bool {
            text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        if isAccount(text[...]) { return text }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, parts[2] == "iam" || parts[2] == "sts",
            parts[3].isEmpty, isAccount(parts[4]), !parts[5].isEmpty, !parts[5].contains("*"), !parts[5].contains("?")
        else {
            throw PolicyError(
                "\(PolicyError.quote(text)) is no principal",
                hint: "write *, an account number, or the whole ARN of a user: arn:aws:iam::123456789012:user/etl")
        }
        return parts[2] == "iam" && parts[5] == "root" ? String(parts[4]) : nil
    }
}
