import ArgumentParser
import Coffer
import CofferPipeline

/// What went wrong in a file, with the name of the file.
struct FileError: Error {
    let file: String
    let error: ConfigurationError
}

/// A refusal of the command line itself: a sentence and a way out.
struct CommandError: Error {
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// Says what went wrong on standard error; returns the exit status. Never prints an error it doesn't know in full: the
/// text of one from a library may quote values.
func report(_ error: any Error) -> Int32 {
    switch error {
    case let error as any CodedError:
        Terminal.say(error.message, hint: error.hint)
    case let error as AccessDenied:
        Terminal.say("\(error)", hint: "coffer keys access says who may")
    case let error as ConfigurationError:
        Terminal.say(error.description, hint: error.hint)
    case let error as FileError:
        Terminal.say("\(error.file): \(error.error.description)", hint: error.error.hint)
    case let error as CommandError:
        Terminal.say(error.message, hint: error.hint)
    case let code as ExitCode:
        return code.rawValue
    case is CancellationError:
        Terminal.say("interrupted")
    default:
        return reportUsage(error)
    }
    return 2
}

/// Help and versions asked for are results; other errors of the argument parser are trouble.
private func reportUsage(_ error: any Error) -> Int32 {
    let full = CofferCommand.fullMessage(for: error)
    if CofferCommand.exitCode(for: error).isSuccess {
        print(full)
        return 0
    }
    guard CofferCommand.exitCode(for: error) == .validationFailure else {
        Terminal.say("failed for a reason it has no sentence for (\(type(of: error)))")
        return 2
    }
    let sentence = CofferCommand.message(for: error)
    let usage = full.split(separator: "\n").first { $0.hasPrefix("Usage: ") }?.dropFirst(7)
    Terminal.say(
        sentence.prefix(1).lowercased() + sentence.dropFirst(),
        hint: usage.map { "usage: \($0)" } ?? "coffer --help")
    return 2
}
