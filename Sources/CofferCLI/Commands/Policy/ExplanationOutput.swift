import Coffer

/// A decision as `coffer policy test` prints it.
struct ExplanationOutput: Encodable {
    struct Check: Encodable {
        let subject: String
        let holds: Bool
        let detail: String
    }

    struct Statement: Encodable {
        let statement: String
        let effect: String
        let verdict: String
        let checks: [Check]
    }

    let allowed: Bool
    let explicit: Bool
    let reason: String
    let principal: String
    let action: String
    let resource: String
    let statements: [Statement]

    init(_ request: AccessRequest, _ explanation: Explanation) {
        allowed = explanation.decision.isAllowed
        explicit = explanation.decision.isExplicit
        reason = explanation.decision.reason
        (principal, action, resource) = (request.principal.arn, request.action, request.resource)
        statements = explanation.lines.map { line in
            Statement(
                statement: line.label, effect: line.effect.rawValue, verdict: line.verdict.rawValue,
                checks: line.checks.map { Check(subject: $0.subject, holds: $0.holds, detail: $0.detail) })
        }
    }

    func print(json: Bool) throws {
        if json { return try Terminal.printJSON(self) }
        func line(_ text: String) throws { try Terminal.printLine(Terminal.clean(text)) }
        try line("\(allowed ? "allowed" : "denied"): \(reason)")
        try line("\(principal) asks for \(action) on \(resource)")
        for statement in statements {
            try line("")
            try line("\(statement.statement): \(statement.effect), \(statement.verdict)")
            for check in statement.checks {
                try line("  \(check.holds ? "yes" : "no ")  \(check.subject): \(check.detail)")
            }
        }
    }
}
