import Coffer
import Testing

/// Names that the tests of policies share.
enum Access {
    static let account = "111122223333"
    static let key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    static let other = "arn:aws:kms:eu-central-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
    static let alice = principal("alice", tags: ["team": "data"])
    static let bob = principal("bob")
    static let owner = Principal(.owner, arn: "arn:aws:iam::111122223333:root", account: account, name: "root")
    /// 2026-11-21T13:05:00Z.
    static let now: Int64 = 1_795_266_300_000

    static func principal(_ name: String, tags: [String: String] = [:]) -> Principal {
        Principal(.user, arn: "arn:aws:iam::\(account):user/\(name)", account: account, name: name, tags: tags)
    }

    static func keyPolicy(_ statements: String...) throws -> PolicyDocument {
        try PolicyDocument(parsing: document(statements), kind: .key)
    }

    static func identity(_ statements: String...) throws -> PolicyDocument {
        try PolicyDocument(parsing: document(statements), kind: .identity)
    }

    static func document(_ statements: [String]) -> String {
        #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
    }

    static let root = """
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},\
        "Action":"kms:*","Resource":"*"}
        """
}

@Suite struct `A set of policies` {
    private let decrypt = #"{"Sid":"Use","Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#
    private let alice = """
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:Decrypt","Resource":"*"}
        """

    private func decide(
        _ set: PolicySet, _ principal: Principal = Access.alice, _ action: String = "kms:Decrypt",
        on resource: String = Access.key
    ) -> Decision {
        set.evaluate(AccessRequest(principal, action, on: resource), at: Access.now)
    }

    @Test func `lets a key policy allow whom it names, without any other policy`() throws {
        let set = PolicySet(keyPolicy: try Access.keyPolicy(alice), identityPolicies: [])
        #expect(decide(set) == .allow("key policy, statement 1"))
        #expect(decide(set, Access.bob) == .silence)
        #expect(decide(set, Access.alice, "kms:Encrypt") == .silence)
    }

    @Test func `lets identity policies decide only where the key policy names the account`() throws {
        let identity = [try Access.identity(decrypt)]
        #expect(decide(PolicySet(keyPolicy: nil, identityPolicies: identity)).isAllowed)
        let delegating = PolicySet(keyPolicy: try Access.keyPolicy(Access.root), identityPolicies: identity)
        #expect(decide(delegating) == .allow("identity policy, statement “Use”"))
        #expect(decide(PolicySet(keyPolicy: try Access.keyPolicy(Access.root), identityPolicies: [])) == .silence)
        let naming = PolicySet(keyPolicy: try Access.keyPolicy(alice), identityPolicies: identity)
        #expect(decide(naming, Access.bob) == .silence)
    }

    @Test func `lets the owner do what the account may`() throws {
        let set = PolicySet(keyPolicy: try Access.keyPolicy(Access.root), identityPolicies: [])
        #expect(decide(set, Access.owner).isAllowed)
        #expect(
            decide(PolicySet(keyPolicy: try Access.keyPolicy(alice), identityPolicies: []), Access.owner) == .silence)
    }

    @Test func `says no where any policy says no, and names it`() throws {
        let no = #"{"Sid":"No","Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}"#
        let set = PolicySet(
            keyPolicy: try Access.keyPolicy(alice, Access.root),
            identityPolicies: [try Access.identity(decrypt), try Access.identity(no)])
        #expect(decide(set) == .deny("identity policy, statement “No”"))
    }

    @Test func `decides about no key by identity policies alone`() throws {
        let create = #"{"Effect":"Allow","Action":"kms:CreateKey","Resource":"*"}"#
        let set = PolicySet(keyPolicy: nil, identityPolicies: [try Access.identity(create)])
        #expect(decide(set, Access.alice, "kms:CreateKey", on: "*").isAllowed)
        #expect(!decide(set, Access.alice, "kms:ListKeys", on: "*").isAllowed)
    }
}
