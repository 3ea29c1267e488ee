import ArgumentParser
import Coffer
import CofferPipeline

/// Options of commands that work on a protected table.
struct TableOptions: ParsableArguments {
    @Argument(
        help: """
            A file, a folder, a database file, a PostgreSQL address (or env:NAME, file:PATH with it), or a pipeline file, \
            whose destination is meant.
            """, completion: .file())
    var source: String

    @Option(help: "The table, where SOURCE is a database or a pipeline of several tables.")
    var table: String?

    @Option(help: "The dataset that values are bound to. By default the table's or file's name, or the pipeline's.")
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "A key that the catalogue may name, by id or alias, * at the end for all that begin so; may be repeated. "
                + "By default any key of the embedded store.", valueName: "key"))
    var key: [String] = []

    /// The table that is meant.
    func resolved() throws -> ProtectedTable {
        if source.hasSuffix(".yaml") || source.hasSuffix(".yml") {
            let file = try PipelineFile.read(source)
            let tables = try file.selecting(file.tables.count > 1 ? table : nil)
            guard tables.count == 1, let only = tables.first else {
                throw CommandError("the pipeline has several tables", hint: "name one with --table")
            }
            return ProtectedTable(only.destination.place, dataset: dataset ?? only.dataset ?? only.name)
        }
        let reference = SecretReference(source)
        return try ProtectedTable(
            try reference?.resolve() ?? source, isSecret: reference != nil, table: table, dataset: dataset)
    }

    /// The keys that the caller allows.
    func allowed() throws -> AllowedKeys { key.isEmpty ? .embeddedStore : try AllowedKeys(key) }
}
