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
        name: [.short, .long],
        help: ArgumentHelp(
            "A key that the catalogue may name, by id or alias, * at the end for all that begin so; may be repeated. "
                + "By default any key of the embedded store, and those that a pipeline file names.", valueName: "key"))
    var key: [String] = []

    /// The table that is meant, and the keys that may be used for it.
    func resolved() throws -> Target {
        if source.hasSuffix(".yaml") || source.hasSuffix(".yml") {
            let file = try PipelineFile.read(source)
            let tables = try file.selecting(file.tables.count > 1 ? table : nil)
            guard tables.count == 1, let only = tables.first else {
                throw CommandError("the pipeline has several tables", hint: "name one with --table")
            }
            return Target(
                table: ProtectedTable(only.destination.place, dataset: dataset ?? only.dataset ?? only.name),
                allowed: key.isEmpty
                    ? try .embeddedStore(and: only.policy.namedKeys.map(\.pattern)) : try AllowedKeys(key),
                section: file.keyServices, folder: file.folder, vault: only.vault)
        }
        let reference = SecretReference(source)
        return Target(
            table: try ProtectedTable(
                try reference?.resolve() ?? source, isSecret: reference != nil, table: table, dataset: dataset),
            allowed: key.isEmpty ? .embeddedStore : try AllowedKeys(key), section: nil, folder: ".", vault: nil)
    }

    /// What a command works on.
    struct Target {
        /// The table.
        let table: ProtectedTable
        /// The keys that its catalogue may name: `--key`; else those of the embedded store, and of the pipeline.
        let allowed: AllowedKeys
        fileprivate let section: Coffer.Node?
        fileprivate let folder: String
        /// The token vault that the pipeline names.
        let vault: VaultPlace?

        /// What holds them.
        func keyServices() throws -> KeyServices { try KeyServices(section, folder: folder) }
    }
}
