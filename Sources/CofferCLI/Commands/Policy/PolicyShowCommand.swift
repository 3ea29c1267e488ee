import ArgumentParser
import Coffer

/// `coffer policy show`.
struct PolicyShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the policy that a role stands for.")

    @Argument(help: "The role: admin, key-admin, key-user or auditor.")
    var role: String

    func run() async throws { try Terminal.printLine(ManagedPolicy.text(try Role(word: role))) }
}

extension Role {
    /// The role by its name on the command line.
    init(word: String) throws {
        guard let role = Role(rawValue: word) else {
            let names = Role.allCases.map(\.rawValue)
            throw CommandError(
                "there is no role “\(word)”",
                hint: Suggestion.nearest(to: word, among: names).map { "did you mean \($0)?" }
                    ?? "roles: \(names.joined(separator: ", "))")
        }
        self = role
    }
}
