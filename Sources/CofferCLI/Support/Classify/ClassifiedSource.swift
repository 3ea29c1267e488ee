import ArgumentParser
import Coffer
import CofferPipeline

/// What `coffer classify` looks at.
struct ClassifiedSource: ParsableArguments {
    @Argument(
        help: """
            A file, a pattern, a folder, a database file, a PostgreSQL address (or env:NAME, file:PATH with it), or a \
            pipeline file, whose source is meant.
            """, completion: .file())
    var source: String?

    @Option(help: "The table, where SOURCE is a database or a pipeline of several tables.")
    var table: String?

    /// A table to look at.
    struct Target {
        /// Where its rows are.
        let place: SourceSpecification.Place
        /// Its name in its source or pipeline.
        let tableName: String?
        /// The policy that it is held against.
        let policy: FieldPolicy?
        /// `source:` as a pipeline file writes it; nil where it came from one.
        let written: SourceText?
        /// The pipeline file that it came from.
        var file: PipelineFile?
    }

    /// The tables that are meant: of SOURCE, else of the pipeline that is checked.
    func found(against: PipelineFile?) throws -> [Target] {
        let policies = try against?.selecting(table)
        guard let source else {
            return (policies ?? []).map { Target(pipeline: $0, of: against, policy: $0.policy) }
        }
        let policy = try policies.map { tables in
            guard tables.count == 1 else {
                throw CommandError("the pipeline has several tables", hint: "name one with --table")
            }
            return tables[0].policy
        }
        if source.hasSuffix(".yaml") || source.hasSuffix(".yml") {
            let file = try PipelineFile.read(source)
            return try file.selecting(table).map { Target(pipeline: $0, of: file, policy: policy) }
        }
        let reference = SecretReference(source)
        let place = try SourceSpecification.Place(
            naming: try reference?.resolve() ?? source, isSecret: reference != nil, table: table)
        return [
            Target(
                place: place, tableName: table, policy: policy,
                written: SourceText(argument: source, table: table, place: place))
        ]
    }
}

extension ClassifiedSource.Target {
    fileprivate init(pipeline: TablePipeline, of file: PipelineFile?, policy: FieldPolicy?) {
        var name = pipeline.name
        if case .database(_, .table(let table)) = pipeline.source.place { name = name ?? table.name }
        self.init(place: pipeline.source.place, tableName: name, policy: policy, written: nil, file: file)
    }
}

/// The recognizers of the user's own: of a file, else of `coffer.yaml`.
enum OwnRecognizers {
    static func read(_ path: String?) throws -> [OwnRecognizer] {
        guard let path else {
            let file = try CofferFile.read()
            guard let node = file.recognizers else { return [] }
            return try parse(node, file.path ?? "coffer.yaml")
        }
        let root = try YAML.read(path)
        do throws(ConfigurationError) {
            let section = try Section(root, "", keys: ["recognizers"])
            return try OwnRecognizer.parse(section.required("recognizers"))
        } catch { throw FileError(file: path, error: error) }
    }

    private static func parse(_ node: Coffer.Node, _ path: String) throws -> [OwnRecognizer] {
        do throws(ConfigurationError) { return try OwnRecognizer.parse(node) } catch {
            throw FileError(file: path, error: error)
        }
    }
}
