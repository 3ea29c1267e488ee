import ArgumentParser

/// `coffer keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list, rotate and disable keys.")
}
