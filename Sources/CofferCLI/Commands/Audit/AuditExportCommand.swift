import ArgumentParser
import Coffer
import CofferAudit

/// `coffer audit export`.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print events, for another tool.",
        discussion: """
            jsonl prints each event as it is in the log. cloudtrail prints one document with the form of a log file of AWS \
            CloudTrail. A time is written 2026-11-21 or 2026-11-21T09:30:00Z, in UTC.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonl, cloudtrail
    }

    @Option(help: ArgumentHelp("Only events from this time on.", valueName: "time"))
    var from: Moment?

    @Option(help: ArgumentHelp("Only events before this time.", valueName: "time"))
    var to: Moment?

    @Option(help: "jsonl or cloudtrail.")
    var format = Format.jsonl

    func run() async throws {
        let reader = try AuditReader(try CofferHome().auditFolder)
        var isFirst = true
        if format == .cloudtrail { try Terminal.print(#"{"Records":["#) }
        try reader.read(from: 0) { _, line in
            guard isWanted(line) else { return true }
            switch format {
            case .jsonl: try Terminal.printLine(String(decoding: line, as: UTF8.self))
            case .cloudtrail:
                guard let record = AuditEvent.cloudTrail(line) else { return true }
                try Terminal.print((isFirst ? "" : ",") + String(decoding: record, as: UTF8.self))
            }
            isFirst = false
            return true
        }
        if format == .cloudtrail { try Terminal.printLine("]}") }
    }

    private func isWanted(_ line: [UInt8]) -> Bool {
        guard from != nil || to != nil else { return true }
        guard let event = AuditEvent(decoding: line) else { return false }
        return event.time >= from?.milliseconds ?? .min && event.time < to?.milliseconds ?? .max
    }
}
