import ArgumentParser
import Glibc

/// Where the process begins: hardens itself, runs the command, and turns whatever it throws into a sentence and a status.
@main
enum Main {
    static func main() async {
        Hardening.apply()
        do {
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
}
