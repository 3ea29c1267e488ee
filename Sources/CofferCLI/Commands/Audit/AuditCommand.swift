import ArgumentParser
import Coffer
import CofferAudit
import FoundationEssentials

/// `coffer audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read, check and prove the record of every use of a key.",
        discussion: """
            The log is in $COFFER_HOME/audit; its key is $COFFER_AUDIT_KEY, by default audit.key beside the root key. \
            Exit status of verify: 0 whole, 1 findings, 2 trouble.
            """,
        subcommands: [
            AuditTailCommand.self, AuditVerifyCommand.self, AuditProveCommand.self, AuditExportCommand.self,
            AuditPruneCommand.self, AuditKeyCommand.self, AuditInitCommand.self,
        ])
}

/// `coffer audit key`.
struct AuditKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Print the log's public key, as a C2SP verifier key.",
        discussion: "Keep it where the log is not: with it and a checkpoint anybody can check the log and its proofs.")

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let verifierKey: String
        let name: String
        let file: String
    }

    func run() async throws {
        let file = try CofferHome().auditKeyFile
        let key = try AuditKey.read(at: file)
        if json { return try Terminal.printJSON(Output(verifierKey: key.verifierKey, name: key.name, file: file)) }
        try Terminal.printLine(key.verifierKey)
    }
}

/// `coffer audit init`.
struct AuditInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Begin a log anew where it is gone; its first event says so.")

    func run() async throws {
        let home = try CofferHome()
        guard !FileManager.default.fileExists(atPath: home.auditFolder + "/journal") else {
            throw CommandError("there is an audit log in \(home.auditFolder)", hint: "coffer audit verify")
        }
        let log = try home.openAudit(try CofferFile.read(), isNew: true) { $0.interval = nil }
        try await log.recordStart()
        Terminal.say("a new audit log begins in \(home.auditFolder)")
    }
}

/// A moment as it is written on the command line.
struct Moment: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        guard let milliseconds = EventTime.milliseconds(argument) else { return nil }
        self.milliseconds = milliseconds
    }
}
