import ArgumentParser

/// `coffer tokens`.
struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Look after a token vault: what it holds, what is deleted, which keys it is under.",
        subcommands: [
            TokensListCommand.self, TokensDeleteCommand.self, TokensPurgeCommand.self, TokensRewrapCommand.self,
        ],
        defaultSubcommand: TokensListCommand.self)
}
