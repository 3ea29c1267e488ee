import ArgumentParser
import Coffer
import Glibc

/// Where the process begins: hardens itself, runs the command, and turns whatever it throws into a sentence and a status.
@main
enum Main {
    static func main() async {
        Hardening.apply()
        do {
            try refuseUnknownCommand()
            var command = try CofferCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error))
        }
    }

    /// Says which command may have been meant, which the argument parser does not.
    private static func refuseUnknownCommand() throws {
        let known = CofferCommand.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard let first = CommandLine.arguments.dropFirst().first, !first.hasPrefix("-"), !known.contains(first) else {
            return
        }
        throw CommandError(
            "there is no command “\(first)”",
            hint: Suggestion.nearest(to: first, among: known).map { "did you mean coffer \($0)?" } ?? "coffer --help")
    }
}
