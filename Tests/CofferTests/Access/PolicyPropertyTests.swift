import Coffer
import Testing

/// Chance that repeats.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: values.indices, using: &self)] }
    mutating func some<T>(_ values: [T]) -> [T] {
        let count = Int.random(in: 1...2, using: &self)
        return (0..<count).map { _ in pick(values) }
    }
}

/// Statements and requests about few things, so that they often meet.
enum Drawn {
    static let actions = [
        "kms:Decrypt", "kms:Encrypt", "kms:*", "*", "kms:De*", "kms:?ncrypt", "kms:DescribeKey", "s3:*",
    ]
    static let resources = [
        "*", Access.key, Access.other, "arn:aws:kms:*:*:key/1234*",
        "arn:aws:kms:eu-central-1:${aws:PrincipalAccount}:key/*",
    ]
    static let principals = [
        #""*""#, #"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, #"{"AWS":"arn:aws:iam::111122223333:user/bob"}"#,
        #"{"AWS":"111122223333"}"#, #"{"AWS":["111122223333","arn:aws:iam::111122223333:user/bob"]}"#,
    ]
    static let conditions = [
        "{}", "{}", #"{"StringEquals":{"kms:EncryptionContext:a":"1"}}"#,
        #"{"StringNotEquals":{"kms:EncryptionContext:a":"1"}}"#,
        #"{"Bool":{"aws:SecureTransport":"true"}}"#, #"{"Null":{"kms:EncryptionContext:a":"true"}}"#,
        #"{"StringEquals":{"aws:PrincipalTag/team":"data"}}"#, #"{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        #"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a"]}}"#,
        #"{"StringLike":{"aws:username":"${aws:PrincipalTag/none, 'al'}*"}}"#,
    ]

    static func statement(_ dice: inout Dice, effect: String? = nil, isKey: Bool) -> String {
        func list(_ texts: [String]) -> String { "[\(texts.map { "\"\($0)\"" }.joined(separator: ","))]" }
        let action = "\"\(dice.pick(["Action", "Action", "NotAction"]))\":\(list(dice.some(actions)))"
        let resource = "\"\(dice.pick(["Resource", "Resource", "NotResource"]))\":\(list(dice.some(resources)))"
        let principal = isKey ? "\"Principal\":\(dice.pick(principals))," : ""
        let condition = "\"Condition\":\(dice.pick(conditions))"
        return
            "{\"Effect\":\"\(effect ?? dice.pick(["Allow", "Allow", "Deny"]))\",\(principal)\(action),\(resource),\(condition)}"
    }

    static func statements(_ dice: inout Dice, isKey: Bool) -> [String] {
        (0..<Int.random(in: 1...4, using: &dice)).map { _ in statement(&dice, isKey: isKey) }
    }

    static func request(_ dice: inout Dice) -> AccessRequest {
        var conditions: [String: [String]] = [:]
        if Bool.random(using: &dice) { conditions["kms:EncryptionContext:a"] = [dice.pick(["1", "2"])] }
        if Bool.random(using: &dice) { conditions["kms:EncryptionContext:b"] = ["1"] }
        if Bool.random(using: &dice) { conditions["aws:SecureTransport"] = [dice.pick(["true", "false"])] }
        if Bool.random(using: &dice) { conditions["aws:SourceIp"] = [dice.pick(["10.1.1.1", "11.1.1.1"])] }
        return AccessRequest(
            dice.pick([Access.alice, Access.bob, Access.owner]),
            dice.pick(["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:ListKeys"]),
            on: dice.pick([Access.key, Access.other, "*"]), conditions: conditions)
    }

    static func set(_ key: [String]?, _ identity: [String]) throws -> PolicySet {
        PolicySet(
            keyPolicy: try key.map { try PolicyDocument(parsing: Access.document($0), kind: .key) },
            identityPolicies: [try PolicyDocument(parsing: Access.document(identity), kind: .identity)])
    }
}

@Suite struct `Whatever policies there are` {
    /// 150 sets of policies, each with 10 requests.
    private func each(_ seed: UInt64, _ body: (inout Dice, [String]?, [String], [AccessRequest]) throws -> Void)
        rethrows
    {
        var dice = Dice(seed)
        for _ in 0..<150 {
            let key = Bool.random(using: &dice) ? Drawn.statements(&dice, isKey: true) : nil
            let identity = Drawn.statements(&dice, isKey: false)
            let requests = (0..<10).map { _ in Drawn.request(&dice) }
            try body(&dice, key, identity, requests)
        }
    }

    @Test func `both answers are drawn often enough to mean something`() throws {
        var (allowed, denied, silent) = (0, 0, 0)
        try each(1) { _, key, identity, requests in
            let set = try Drawn.set(key, identity)
            for request in requests {
                let decision = set.evaluate(request, at: Access.now)
                if decision.isAllowed { allowed += 1 } else if decision.isExplicit { denied += 1 } else { silent += 1 }
            }
        }
        #expect(min(allowed, denied, silent) > 150, "\(allowed) \(denied) \(silent)")
    }

    @Test func `a statement that denies everything always wins`() throws {
        let no = #"{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}"#
        let keyNo = #"{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#
        try each(2) { _, key, identity, requests in
            let inIdentity = try Drawn.set(key, identity + [no])
            let inKey = try Drawn.set((key ?? []) + [keyNo], identity)
            for request in requests {
                #expect(!inIdentity.evaluate(request, at: Access.now).isAllowed)
                if request.resource != "*" { #expect(!inKey.evaluate(request, at: Access.now).isAllowed) }
            }
        }
    }

    @Test func `one more Deny never allows, and one more Allow never denies`() throws {
        try each(3) { dice, key, identity, requests in
            let before = try Drawn.set(key, identity)
            let stricter = [
                try Drawn.set(key, identity + [Drawn.statement(&dice, effect: "Deny", isKey: false)]),
                try Drawn.set(key.map { $0 + [Drawn.statement(&dice, effect: "Deny", isKey: true)] }, identity),
            ]
            let looser = [
                try Drawn.set(key, identity + [Drawn.statement(&dice, effect: "Allow", isKey: false)]),
                try Drawn.set(key.map { $0 + [Drawn.statement(&dice, effect: "Allow", isKey: true)] }, identity),
            ]
            for request in requests {
                let isAllowed = before.evaluate(request, at: Access.now).isAllowed
                for set in stricter { #expect(isAllowed || !set.evaluate(request, at: Access.now).isAllowed) }
                for set in looser { #expect(!isAllowed || set.evaluate(request, at: Access.now).isAllowed) }
            }
        }
    }

    @Test func `the order of statements and policies means nothing`() throws {
        try each(4) { dice, key, identity, requests in
            let before = try Drawn.set(key, identity)
            let after = try Drawn.set(key?.shuffled(using: &dice), identity.shuffled(using: &dice))
            let split = PolicySet(
                keyPolicy: after.keyPolicy,
                identityPolicies: try identity.reversed().map { try Access.identity($0) })
            for request in requests {
                let decision = before.evaluate(request, at: Access.now)
                for set in [after, split] {
                    let other = set.evaluate(request, at: Access.now)
                    #expect(other.isAllowed == decision.isAllowed && other.isExplicit == decision.isExplicit)
                }
            }
        }
    }

    @Test func `an explanation agrees with the decision`() throws {
        try each(5) { _, key, identity, requests in
            let set = try Drawn.set(key, identity)
            for request in requests {
                let explanation = set.explain(request, at: Access.now)
                let decision = set.evaluate(request, at: Access.now)
                #expect(explanation.decision == decision)
                let verdicts = explanation.lines.map(\.verdict)
                let isOwner = request.principal.kind == .owner
                if verdicts.contains(.denies) {
                    #expect(!decision.isAllowed && decision.isExplicit)
                } else if !isOwner {
                    #expect(decision.isAllowed == verdicts.contains(.allows))
                }
                for line in explanation.lines {
                    let applies = ![.doesNotApply].contains(line.verdict)
                    #expect(line.checks.allSatisfy(\.holds) == applies, "\(line)")
                }
            }
        }
    }

    @Test func `a review finds every way that a request can take`() throws {
        try each(6) { _, key, identity, requests in
            let set = try Drawn.set(key, identity)
            for request in requests where request.principal.kind != .owner {
                guard set.evaluate(request, at: Access.now).isAllowed else { continue }
                let review = set.review(AccessRequest(request.principal, request.action, on: request.resource))
                #expect(!review.ways.isEmpty)
            }
        }
    }

    @Test func `a mangled text is a policy or an error, and never a crash`() throws {
        var dice = Dice(7)
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "${", "}", "*", "?", "\\", "\\u0000", "null", "1e999", "arn:", "::",
            "/128",
            "ForAllValues:", "IfExists", "é", "2026-", "'", String(repeating: "[", count: 100),
            String(repeating: "*?", count: 200),
        ]
        var taken = 0
        for _ in 0..<1500 {
            let isKey = Bool.random(using: &dice)
            var text = Array(Access.document(Drawn.statements(&dice, isKey: isKey)).unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let at = Int.random(in: 0...text.count, using: &dice)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: text.insert(contentsOf: dice.pick(tokens).unicodeScalars, at: at)
                case 1: text.removeSubrange(at..<min(text.count, at + Int.random(in: 1...8, using: &dice)))
                case 2: text.removeSubrange(at...)
                default: text.insert(contentsOf: text[at..<min(text.count, at + 20)], at: at)
                }
            }
            let mangled = String(String.UnicodeScalarView(text))
            do throws(PolicyError) {
                let policy = try PolicyDocument(parsing: mangled, kind: isKey ? .key : .identity)
                taken += 1
                let set = PolicySet(keyPolicy: isKey ? policy : nil, identityPolicies: isKey ? [] : [policy])
                let request = Drawn.request(&dice)
                #expect(set.explain(request, at: Access.now).decision == set.evaluate(request, at: Access.now))
                _ = policy.findings
            } catch {
                #expect(!error.message.isEmpty && error.description.utf8.count < 600)
            }
        }
        #expect(taken > 15)
    }

    @Test func `a pattern of many stars takes no longer than its length asks`() throws {
        let stars = String(repeating: "*a", count: 5000)
        let policy = try Access.keyPolicy(
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:kms:::\#(stars)b"}"#)
        let resource = "arn:aws:kms:::key/" + String(repeating: "a", count: 5000)
        let request = AccessRequest(Access.alice, "kms:Decrypt", on: resource)
        let duration = ContinuousClock().measure {
            #expect(!PolicySet(keyPolicy: policy, identityPolicies: []).evaluate(request, at: 0).isAllowed)
        }
        #expect(duration < .seconds(5))
    }
}
