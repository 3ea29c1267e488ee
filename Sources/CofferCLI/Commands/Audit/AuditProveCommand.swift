import ArgumentParser
import Coffer
import CofferAudit
import FoundationEssentials

/// `coffer audit prove`.
struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Prove that an event is in the log, to somebody who does not have it.",
        discussion: """
            Writes a C2SP tlog-proof: the event, its place, the hashes up to the root and the signed checkpoint. \
            --check FILE checks one, given the verifier key, and prints the event.
            """)

    @Argument(help: ArgumentHelp("The id of the event, as export and tail --json show it.", valueName: "event-id"))
    var event: String?

    @Option(name: [.short, .customLong("output")], help: "Write to this file.", completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Check the proof in this file instead.", valueName: "file"), completion: .file())
    var check: String?

    @Option(
        help: ArgumentHelp("The verifier key for --check; by default that of the key file.", valueName: "verifier-key"))
    var key: String?

    func validate() throws {
        guard (event == nil) != (check == nil) else {
            throw ValidationError("Say either an event's id or --check FILE.")
        }
    }

    func run() async throws {
        let home = try CofferHome()
        if let check {
            guard let verifier = NoteVerifier(try key ?? AuditKey.read(at: home.auditKeyFile).verifierKey) else {
                throw CommandError("that is not a verifier key", hint: "coffer audit key prints it: NAME+ID+KEY")
            }
            guard let data = FileManager.default.contents(atPath: check), data.count <= 1 << 20,
                let text = String(bytes: data, encoding: .utf8)
            else { throw CommandError("the proof \(check) can't be read") }
            do {
                let proof = try InclusionProof(text, by: verifier)
                try Terminal.printLine(String(decoding: proof.entry, as: UTF8.self))
                return Terminal.say("the event is number \(proof.index) of \(proof.checkpoint.origin)")
            } catch AuditError.Code.altered {
                Terminal.say("the proof does not hold")
                throw ExitCode(1)
            }
        }
        let log = try home.openAudit(try CofferFile.read()) { $0.interval = nil }
        let proof = try log.prove(event ?? "")
        guard let output else { return try Terminal.printLine(String(proof.text.dropLast())) }
        guard FileManager.default.createFile(atPath: output, contents: Data(proof.text.utf8)) else {
            throw CommandError("\(output) can't be written")
        }
    }
}
