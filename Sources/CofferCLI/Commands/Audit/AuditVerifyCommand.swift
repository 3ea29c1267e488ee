import ArgumentParser
import Coffer
import CofferAudit
import CofferKMS
import CofferProviders
import FoundationEssentials

/// `coffer audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the whole log: every event, every tile, every signature.",
        discussion: """
            Names what was removed, truncated, reordered or edited, and a key store that was rolled back. A log and a key \
            store that were put back together show only against a checkpoint that was kept elsewhere: --checkpoint, a file or \
            an address https://…, or the witness of coffer.yaml and $COFFER_AUDIT_WITNESS. Exit status: 0 whole, 1 findings, 2 trouble.
            """)

    @Option(
        help: ArgumentHelp("A checkpoint that was kept elsewhere: a file, or https://…", valueName: "place"),
        completion: .file())
    var checkpoint: String?

    @Option(help: ArgumentHelp("The log's verifier key; by default that of its key file.", valueName: "verifier-key"))
    var key: String?

    @Option(help: "The folder of the log, by default $COFFER_HOME/audit.")
    var log: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Finding: Encodable {
            let kind: String
            let what: String
            let message: String
        }
        let log: String
        let events: Int
        let pending: Int
        let pruned: Int
        let root: String
        let findings: [Finding]
        let notes: [String]
    }

    func run() async throws {
        let home = try CofferHome()
        let own = key == nil || log == nil ? try? AuditKey.read(at: home.auditKeyFile) : nil
        guard let verifier = NoteVerifier(try key ?? AuditKey.read(at: home.auditKeyFile).verifierKey) else {
            throw CommandError("that is not a verifier key", hint: "coffer audit key prints it: NAME+ID+KEY")
        }
        var (kept, notes) = try await witnessed()
        // The state of the store, where it can be opened without asking anybody.
        let isAsking = !FileManager.default.fileExists(atPath: home.rootKeyFile)
        let state = log == nil && home.hasStore && !isAsking ? try? home.openStore().keyStoreState() : nil
        let result = try AuditVerification.verify(
            log ?? home.auditFolder, by: verifier, key: own?.verifierKey == verifier.description ? own : nil,
            against: kept, keyStore: state)
        notes = result.notes + notes
        try show(result, notes, log ?? home.auditFolder)
        if !result.findings.isEmpty { throw ExitCode(1) }
    }

    /// The checkpoints that were kept elsewhere, and a note where a witness keeps none.
    private func witnessed() async throws -> (kept: [[UInt8]], notes: [String]) {
        if let checkpoint, Webhook.isAddress(checkpoint) {
            guard let note = try await AuditSettings.checkpoint(of: Webhook(checkpoint)) else {
                throw CommandError("there is no checkpoint at that address")
            }
            return ([note], [])
        }
        if let checkpoint { return ([try read(checkpoint)], []) }
        let settings = try AuditSettings(try CofferFile.read())
        var kept = try settings.file.map { [try read($0)] } ?? []
        var notes: [String] = []
        if let webhook = settings.webhook {
            if let note = try await AuditSettings.checkpoint(of: webhook) {
                kept.append(note)
            } else {
                notes.append("\(webhook.name) gives no checkpoint back: the log was not compared with it")
            }
        }
        return (kept, notes)
    }

    private func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 16 else {
            throw CommandError("the checkpoint \(path) can't be read")
        }
        return Array(data)
    }

    private func show(_ result: AuditVerification, _ notes: [String], _ folder: String) throws {
        if json {
            return try Terminal.printJSON(
                Output(
                    log: folder, events: result.events, pending: result.pending, pruned: result.pruned,
                    root: result.root,
                    findings: result.findings.map {
                        Output.Finding(kind: $0.kind.rawValue, what: $0.what, message: $0.message)
                    }, notes: notes))
        }
        for finding in result.findings {
            try Terminal.printLine(
                Terminal.clean("fail  \(finding.kind.rawValue)  \(finding.what)  \(finding.message)"))
        }
        for note in notes { try Terminal.printLine(Terminal.clean("note  \(note)")) }
        if result.findings.isEmpty {
            let pending = result.pending > 0 ? ", \(Figures.grouped(result.pending)) more in the journal" : ""
            let pruned = result.pruned > 0 ? ", of which \(Figures.grouped(result.pruned)) are pruned" : ""
            try Terminal.printLine(
                "pass  \(Figures.count(result.events, "event")) under the checkpoint\(pruned)\(pending)")
        } else {
            Terminal.say("the audit log is not what it was: \(Figures.count(result.findings.count, "finding"))")
        }
    }
}
