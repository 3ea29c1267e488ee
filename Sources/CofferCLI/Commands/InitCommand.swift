import ArgumentParser

/// `coffer init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a key store, its root key, alias/default and alias/default-mac.")
}
