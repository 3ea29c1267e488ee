import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer risk`.
struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Measure how easily the rows of a table can be told apart, protected or not.",
        discussion: """
            Rows with the same values in the columns of --quasi form a class; the smaller it is, the more it tells. With --k, \
            --l or --t it is a check: exit status 1 where the table does not meet it.

            coffer risk visits.parquet --quasi age,zip,sex
            coffer risk warehouse.duckdb --table visits --quasi age,zip --sensitive diagnosis --k 5 --l 3
            coffer risk pipeline.yaml --quasi age,zip,sex --k 5 --json
            """)

    /// How far two sensitive values are from each other.
    enum Distance: String, ExpressibleByArgument, CaseIterable {
        case equal, ordered
    }

    @OptionGroup var target: SourceArgument

    @Option(help: "The columns by which somebody might be found, comma-separated.")
    var quasi: String

    @Option(help: "The columns that nobody may learn about a person, comma-separated.")
    var sensitive: String?

    @Option(help: "How far two sensitive values are from each other: equal, or ordered (numbers by size).")
    var distance = Distance.equal

    @Option(help: "How many people the table is a sample of, for the journalist's and the marketer's risk.")
    var population: Int?

    @Option(name: .customLong("k"), help: "A class has at least this many rows.")
    var minimumRows: Int?

    @Option(name: .customLong("l"), help: "A class has at least this many different values of each sensitive column.")
    var minimumValues: Int?

    @Option(name: .customLong("t"), help: "A class is at most this far from the whole table, from 0 to 1.")
    var maximumDistance: Double?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let columns = try Self.names(quasi, "--quasi")
        let values = try sensitive.map { try Self.names($0, "--sensitive") } ?? []
        if let both = columns.first(where: values.contains) {
            throw CommandError("\(both) is named by --quasi and by --sensitive", hint: "a column is one or the other")
        }
        guard !values.isEmpty || minimumValues == nil && maximumDistance == nil else {
            throw CommandError("--l and --t say something about sensitive columns", hint: "name them with --sensitive")
        }
        let found = try target.found()
        let table = found.table
        let cancellation = Cancellation()
        let objects = try ObjectStores.opener(
            found.file?.objectStores, folder: found.file?.folder ?? ".", cancellation)
        var risk = RiskRun(
            table, quasi: columns, sensitive: values,
            connectors: Connectors(try Engines.make(), databases: table.duckDBFiles, objects: objects),
            cancellation: cancellation)
        risk.distance = distance == .ordered ? .ordered : .equal
        let figures = try await Interruption.handling(cancellation) { [risk] in
            try await Blocking.run { try risk.measure() }
        }
        let failures = failures(figures)
        let output = RiskOutput(figures, population: population)
        if json {
            try Terminal.printJSON(CheckedRisk(quasi: columns, risk: output, failed: failures))
        } else {
            try Terminal.printTable(["FIGURE", "VALUE", "MEANING"], output.lines)
        }
        for failure in failures { Terminal.say("not met: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }

    private struct CheckedRisk: Encodable {
        let quasi: [String]
        let risk: RiskOutput
        let failed: [String]
    }

    private static func names(_ text: String, _ option: String) throws -> [String] {
        let names = text.split(separator: ",").map(String.init)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw CommandError("\(option) names columns, each once", hint: "write it as \(option) age,zip,sex")
        }
        return names
    }

    /// What was asked for and does not hold. An empty table meets everything.
    private func failures(_ figures: RiskFigures) -> [String] {
        guard figures.rows > 0 else { return [] }
        var failures: [String] = []
        if let k = minimumRows, figures.smallest < k {
            failures.append("the smallest class has \(figures.smallest) of \(k) rows")
        }
        for column in figures.sensitive {
            if let l = minimumValues, column.distinct < l {
                failures.append("a class has \(column.distinct) of \(l) values of \(column.column)")
            }
            if let t = maximumDistance, column.distance > t + 1e-12 {
                failures.append("a class is \(Figures.fraction(column.distance)) from the table's \(column.column)")
            }
        }
        return failures
    }
}
