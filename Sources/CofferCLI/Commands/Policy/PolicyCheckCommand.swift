import ArgumentParser
import Coffer

/// `coffer policy check`.
struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the policy in a file.",
        discussion: "Exit status: 0 it is in order, 1 something in it is hardly meant, 2 it is no policy.")

    @Argument(help: "A JSON file; - for standard input.")
    var file: String

    @Option(help: "key or identity; by default a key policy where a statement has a Principal.")
    var kind: PolicyDocument.Kind?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Finding: Encodable {
            let statement: Int?
            let message: String
        }

        let kind: String
        let version: String
        let statements: Int
        let findings: [Finding]
    }

    func run() async throws {
        let policy = try PolicyFile.read(file, kind: kind)
        let findings = policy.findings
        if json {
            try Terminal.printJSON(
                Output(
                    kind: policy.kind.rawValue, version: policy.version.rawValue, statements: policy.statements.count,
                    findings: findings.map { .init(statement: $0.statement, message: $0.message) }))
        } else {
            try Terminal.printLine(
                "\(policy.kind == .key ? "a key policy" : "an identity policy") of "
                    + Figures.count(policy.statements.count, "statement"))
            for finding in findings {
                let place = finding.statement.map { "statement \($0): " } ?? ""
                try Terminal.printLine(Terminal.clean("warn  \(place)\(finding.message)"))
            }
        }
        if !findings.isEmpty { throw ExitCode(1) }
    }
}
