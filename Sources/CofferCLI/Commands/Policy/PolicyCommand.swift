import ArgumentParser

/// `coffer policy`.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check policies, and explain what they decide.",
        subcommands: [PolicyTestCommand.self, PolicyCheckCommand.self, PolicyShowCommand.self])
}
