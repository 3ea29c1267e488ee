import ArgumentParser
import Coffer
import CofferPipeline

/// Options of commands that work on a protected table.
struct TableOptions: ParsableArguments {
    @OptionGroup var argument: SourceArgument

    /// SOURCE as it is written.
    var source: String { argument.source }

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
        let (table, file, pipeline) = try argument.found(dataset: dataset)
        let named = pipeline?.policy.namedKeys.map(\.pattern)
        return Target(
            table: table,
            allowed: key.isEmpty
                ? try named.map { try .embeddedStore(and: $0) } ?? .embeddedStore : try AllowedKeys(key),
            section: file?.keyServices, objectSection: file?.objectStores, folder: file?.folder ?? ".",
            vault: pipeline?.vault)
    }

    /// What a command works on.
    struct Target {
        /// The table.
        let table: ProtectedTable
        /// The keys that its catalogue may name: `--key`; else those of the embedded store, and of the pipeline.
        let allowed: AllowedKeys
        fileprivate let section: Coffer.Node?
        fileprivate let objectSection: Coffer.Node?
        fileprivate let folder: String
        /// The token vault that the pipeline names.
        let vault: VaultPlace?

        /// What holds them.
        func keyServices() throws -> KeyServices { try KeyServices(section, folder: folder) }

        /// What opens its bucket.
        func objects(_ cancellation: Cancellation) throws -> ObjectStoreOpener {
            try ObjectStores.opener(objectSection, folder: folder, cancellation)
        }
    }
}
