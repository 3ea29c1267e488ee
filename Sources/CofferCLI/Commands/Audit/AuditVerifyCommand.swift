import ArgumentParser
import Coffer
import CofferAudit
import CofferKMS
import FoundationEssentials

/// `coffer audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the whole log: every event, every tile, every signature.",
        discussion: """
            Names what was removed, truncated, reordered or edited, and a key store that was rolled back. A log and a key \
            store that were put back together show only against a checkpoint that was kept elsewhere: --checkpoint FILE, or \
            the witness of coffer.yaml and $COFFER_AUDIT_WITNESS. Exit status: 0 whole, 1 findings, 2 trouble.
            """)

    @Option(help: "A checkpoint that was kept elsewhere.", completion: .file())
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
        let kept = try checkpoint ?? AuditSettings(try CofferFile.read().audit).witness
        var witness: [UInt8]?
        if let kept {
            guard let data = FileManager.default.contents(atPath: kept), data.count <= 1 << 16 else {
                throw CommandError("the checkpoint \(kept) can't be read")
            }
            witness = Array(data)
        }
        // The state of the store, where it can be opened without asking anybody.
        let isAsking = !FileManager.default.fileExists(atPath: home.rootKeyFile)
        let state = log == nil && home.hasStore && !isAsking ? try? home.openStore().keyStoreState() : nil
        let result = try AuditVerification.verify(
            log ?? home.auditFolder, by: verifier, key: own?.verifierKey == verifier.description ? own : nil,
            against: witness, keyStore: state)
        try show(result, log ?? home.auditFolder)
        if !result.findings.isEmpty { throw ExitCode(1) }
    }

    private func show(_ result: AuditVerification, _ folder: String) throws {
        if json {
            return try Terminal.printJSON(
                Output(
                    log: folder, events: result.events, pending: result.pending, pruned: result.pruned,
                    root: result.root,
                    findings: result.findings.map {
                        Output.Finding(kind: $0.kind.rawValue, what: $0.what, message: $0.message)
                    }, notes: result.notes))
        }
        for finding in result.findings {
            try Terminal.printLine(
                Terminal.clean("fail  \(finding.kind.rawValue)  \(finding.what)  \(finding.message)"))
        }
        for note in result.notes { try Terminal.printLine(Terminal.clean("note  \(note)")) }
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
