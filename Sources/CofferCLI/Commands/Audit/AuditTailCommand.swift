import ArgumentParser
import Coffer
import CofferAudit

/// `coffer audit tail`.
struct AuditTailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tail", abstract: "Show the last events.")

    @Flag(name: [.short, .long], help: "Go on with what comes.")
    var follow = false

    @Option(name: [.customShort("n"), .customLong("count")], help: "How many.")
    var count = 20

    @Flag(help: "Print each event as a line of JSON.")
    var json = false

    func run() async throws {
        guard (0...1_000_000).contains(count) else {
            throw CommandError("the count of events is from 0 to 1000000")
        }
        let reader = try AuditReader(try CofferHome().auditFolder)
        var last: [[UInt8]] = []
        // From the last full bundle on, which the bundles of the log allow without reading all of it.
        let start = max(0, reader.checkpointed - count)
        var next = try reader.read(from: start) { _, line in
            last.append(line)
            if last.count > 2 * count + 1 { last.removeFirst(last.count - count) }
            return true
        }
        for line in last.suffix(count) { try show(line) }
        while follow {
            try await Task.sleep(for: .milliseconds(300))
            next = try reader.read(from: next) { _, line in
                try show(line)
                return true
            }
        }
    }

    private func show(_ line: [UInt8]) throws {
        if json { return try Terminal.printLine(String(decoding: line, as: UTF8.self)) }
        guard let event = AuditEvent(decoding: line) else {
            return try Terminal.printLine("(an event that can't be read)")
        }
        let who = event.principal.map(\.name) ?? event.sourceIP ?? "-"
        let outcome = event.errorCode ?? (event.phase == .intent ? "intent" : "done")
        let about = event.resources.map { $0.split(separator: ":").last.map(String.init) ?? $0 }.joined(separator: ", ")
        let text = "\(EventTime.text(event.time))  \(event.name)  \(outcome)  \(who)  \(about.isEmpty ? "-" : about)"
        try Terminal.printLine(Terminal.clean(text))
    }
}
