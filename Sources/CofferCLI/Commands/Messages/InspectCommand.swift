import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer inspect`.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what files are and under which keys, without holding one.",
        discussion: """
            Nothing that is shown is verified, except a signature: that needs only the public key which the message carries. It \
            shows that the message is whole, not who made it. Exit status 1 where a message is damaged or not whole.
            """)

    @Argument(help: "Files, objects (s3://BUCKET/NAME), or - for standard input.", completion: .file())
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Take them for messages of this format, where their first bytes can't tell: tink.", valueName: "format"))
    var format: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let cancellation = Cancellation()
        let named = try format.map { try FormatOfMessages.named($0) }
        var (shown, failed, isDamaged) = ([InspectedFile](), false, false)
        for file in files {
            do {
                let source = try MessagePlace(path: file).source(cancellation)
                let found = try await InspectedFile.of(source, name: file, as: named)
                isDamaged = isDamaged || found.isDamaged
                shown.append(found)
                if !json {
                    try Terminal.printLine(found.lines.map { String(Terminal.clean($0)) }.joined(separator: "\n"))
                }
            } catch {
                guard files.count > 1 else { throw error }
                _ = report(error)
                failed = true
            }
        }
        if json { try Terminal.printJSON(shown) }
        if failed { throw ExitCode(2) }
        if isDamaged { throw ExitCode(1) }
    }
}
