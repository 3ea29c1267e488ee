import Coffer
import CofferPipeline

/// What `coffer run --json` prints.
struct RunOutputs: Encodable {
    let pipeline: String
    let dryRun: Bool
    let tables: [RunOutput]
}

/// One table of it.
struct RunOutput: Encodable {
    struct Field: Encodable {
        let column: String
        let type: String
        let protection: String
        let key: String?
        let reversible: Bool
    }

    struct Key: Encodable {
        let name: String
        let id: String?
        let version: Int?
    }

    let table: String?
    let dataset: String
    let source: String?
    let destination: String?
    let rows: Int?
    let fields: [Field]
    let keys: [Key]
    let dataKeys: Int?
    let seconds: Double?
    let rowsPerSecond: Int?
    let upToDate: Bool?
    let release: ReleaseOutput?

    init(_ table: TablePipeline, _ plan: FieldPlan, _ release: ReleaseDecision?, keys: [Key]) {
        self.release = release.map(ReleaseOutput.init)
        self.table = table.name
        dataset = plan.dataset
        (source, destination, rows, dataKeys, seconds, rowsPerSecond, upToDate) = (nil, nil, nil, nil, nil, nil, nil)
        fields = plan.rows.map(Field.init)
        self.keys = keys
    }

    init(_ table: TablePipeline, _ summary: RunSummary, keys: [Key]) {
        self.table = table.name
        dataset = summary.dataset
        source = summary.source
        destination = summary.destination
        rows = summary.rows
        fields = summary.fields.map(Field.init)
        self.keys = keys
        dataKeys = summary.dataKeys
        seconds = (summary.seconds * 1000).rounded() / 1000
        rowsPerSecond = summary.seconds > 0 ? Int(Double(summary.rows) / summary.seconds) : nil
        upToDate = summary.isUpToDate
        release = summary.release.map(ReleaseOutput.init)
    }

    /// The plan as a table on standard output; the summary of a run as sentences.
    func print(isPlan: Bool) throws {
        if isPlan {
            let versions = Dictionary(
                keys.map { ($0.name, $0.version.map { " v\($0)" } ?? "") }, uniquingKeysWith: { a, _ in a })
            try Terminal.printTable(
                ["COLUMN", "TYPE", "PROTECTION", "KEY"],
                fields.map { [$0.column, $0.type, $0.protection, $0.key.map { $0 + (versions[$0] ?? "") } ?? "-"] })
            release?.warn()
            try release?.print()
            return
        }
        let label = table.map { "\($0): " } ?? ""
        if upToDate == true {
            try Terminal.printLine(Terminal.clean("\(label)nothing new to read; \(destination ?? "") is as it was"))
            return
        }
        let protected = fields.filter { $0.protection != "keep" }.count
        try Terminal.printLine(
            Terminal.clean(
                "\(label)\(Figures.count(rows ?? 0, "row")) into \(destination ?? "") in "
                    + "\(Figures.seconds(seconds ?? 0)), \(protected) of \(Figures.count(fields.count, "field")) protected"
            ))
        release?.warn()
        try release?.print()
        for key in keys { try Terminal.printLine("  under \(key.name)\(key.version.map { " version \($0)" } ?? "")") }
    }

    /// Says aloud which columns pass in the clear only because of `unlisted: keep`.
    static func warn(of rows: [FieldPlan.Row]) {
        let unlisted = rows.filter(\.isUnlisted).map(\.column)
        guard !unlisted.isEmpty else { return }
        Terminal.say("warning: kept in the clear, not named in the policy: \(unlisted.joined(separator: ", "))")
    }
}

extension RunOutput.Field {
    init(_ row: FieldPlan.Row) {
        self.init(
            column: row.column, type: row.type, protection: row.protection, key: row.key, reversible: row.isReversible)
    }
}
