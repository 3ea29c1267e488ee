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

            Of a table that Coffer wrote it shows what stands beside it: columns and how they are protected, keys, loads, and \
            the release that it was written under.

              coffer inspect report.csv.encrypted
              coffer inspect released.parquet --json
              coffer inspect warehouse.duckdb --table customers
            """)

    @Argument(
        help: """
            Files, objects (s3://BUCKET/NAME), or - for standard input; tables: a file of data, a folder, a database file or a \
            PostgreSQL address (or env:NAME, file:PATH with it).
            """, completion: .file())
    var files: [String]

    @Option(help: "The table, where a database is meant.")
    var table: String?

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
                let found = try await inspected(file, as: named, cancellation)
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

    private func inspected(
        _ file: String, as named: FormatOfMessages?, _ cancellation: Cancellation
    ) async throws -> InspectedFile {
        let reference = SecretReference(file)
        let text = try reference?.resolve() ?? file
        let mayBeTable = named == nil && (reference != nil || ProtectedTable.mayBeOne(text, isTableNamed: table != nil))
        var found = InspectedFile(file: file, format: "table")
        if reference == nil, !mayBeTable || FileFormat(path: file) != nil {
            let source = try MessagePlace(path: file).source(cancellation)
            found = try await InspectedFile.of(source, name: file, as: named)
        }
        guard mayBeTable, found.isEncrypted != true else { return found }
        let place = try ProtectedTable(text, isSecret: reference != nil, table: table, dataset: nil)
        let connectors = Connectors(
            try Engines.make(), databases: place.duckDBFiles,
            objects: try ObjectStores.opener(nil, folder: ".", cancellation))
        let beside = try await Blocking.run { try TableInspection(place, connectors: connectors) }
        guard !beside.isEmpty || found.format != "table" else {
            throw CommandError(
                "\(reference == nil ? file : "the database") has no table here that Coffer wrote",
                hint: "a copy needs its .coffer.json beside it; in a database the table is named by --table")
        }
        if !beside.isEmpty { found.table = InspectedTable(beside) }
        return found
    }
}
