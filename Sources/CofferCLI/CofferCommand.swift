import ArgumentParser

/// The command `coffer`.
struct CofferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer",
        abstract: "Security for data pipelines: protects columns while they move, with keys you hold.",
        discussion: """
            Results go to standard output, everything else to standard error.
            Exit status: 0 yes, 1 findings, 2 refused or failed.
            """,
        version: "coffer \(Version.current)",
        subcommands: [
            InitCommand.self, RunCommand.self, RevealCommand.self, RewrapCommand.self, DetokenizeCommand.self,
            TokensCommand.self, ClassifyCommand.self, RiskCommand.self, EncryptCommand.self, DecryptCommand.self,
            InspectCommand.self, KeysCommand.self, AccessKeysCommand.self, PolicyCommand.self,
            ServeCommand.self, AuditCommand.self,
        ]
    )
}

/// Which coffer this is.
enum Version {
    static let current = "0.1.0"
}
