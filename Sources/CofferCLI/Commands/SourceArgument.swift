import ArgumentParser
import Coffer
import CofferPipeline

/// A table to look at, as commands name it.
struct SourceArgument: ParsableArguments {
    @Argument(
        help: """
            A file, a folder, s3://BUCKET/NAME, a database file, a PostgreSQL address (or env:NAME, file:PATH with it), or a \
            pipeline file, whose destination is meant.
            """, completion: .file())
    var source: String

    @Option(help: "The table, where SOURCE is a database or a pipeline of several tables.")
    var table: String?

    /// The table that is meant, and the pipeline that writes it, where one is named.
    func found(dataset: String? = nil) throws -> (table: ProtectedTable, file: PipelineFile?, pipeline: TablePipeline?)
    {
        if source.hasSuffix(".yaml") || source.hasSuffix(".yml") {
            let file = try PipelineFile.read(source)
            let tables = try file.selecting(file.tables.count > 1 ? table : nil)
            guard tables.count == 1, let only = tables.first else {
                throw CommandError("the pipeline has several tables", hint: "name one with --table")
            }
            return (
                ProtectedTable(only.destination.place, dataset: dataset ?? only.dataset ?? only.name), file, only
            )
        }
        let reference = SecretReference(source)
        let table = try ProtectedTable(
            try reference?.resolve() ?? source, isSecret: reference != nil, table: table, dataset: dataset)
        return (table, nil, nil)
    }
}
