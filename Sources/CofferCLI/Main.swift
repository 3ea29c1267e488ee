import ArgumentParser
import Coffer
import Glibc

/// Where the process begins: hardens itself, runs the command, and turns whatever it throws into a sentence and a status.
@main
enum Main {
    static func main() async {
        Hardening.apply()
        let status = await run()
        await OpenStores.recordDue()
        await OpenLogs.close()
        OpenStores.close()
        if status != 0 { exit(status) }
    }

    private static func run() async -> Int32 {
        do {
            try refuseUnknownCommand()
            var command = try CofferCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await SealChoice.prepare()
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error)
        }
    }

    /// Says which command may have been meant, which the argument parser does not.
    private static func refuseUnknownCommand() throws {
        var commands = CofferCommand.configuration.subcommands
        var path = "coffer"
        for word in CommandLine.arguments.dropFirst() {
            let known = commands.compactMap { $0.configuration.commandName }
            guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                throw CommandError(
                    "there is no command “\(path) \(word)”",
                    hint: Suggestion.nearest(to: word, among: known).map { "did you mean \(path) \($0)?" }
                        ?? "\(path) --help")
            }
            commands = next.configuration.subcommands
            path += " \(word)"
        }
    }
}
