import Coffer

/// `destination:` of a pipeline.
package struct DestinationSpecification: Sendable {
    /// Where rows go.
    package enum Place: Sendable {
        case file(String, FileFormat)
        case folder(String, FileFormat)
        case database(DatabaseAddress, TableName)
    }

    /// Where rows go.
    package let place: Place
    /// How they meet those that are there.
    package let mode: WriteMode
    /// Whether new columns are added to an existing table.
    package let evolves: Bool

    /// How protected cells are written there.
    package var cells: CellForm {
        switch place {
        case .file(_, let format), .folder(_, let format): format == .parquet ? .binary : .text
        case .database(.duckdb, _): .binary
        case .database: .binaryTextNested
        }
    }

    /// The place as a text, the same for the same place.
    var placeName: String {
        switch place {
        case .file(let path, _): "file \(path)"
        case .folder(let path, _): "folder \(path)"
        case .database(.duckdb(let path), let table), .database(.sqlite(let path), let table): "\(path) \(table)"
        case .database(.postgres(let address), let table): "\(address.location) \(table)"
        }
    }

    /// The DuckDB file that is written to, if it is one.
    package var duckDBFile: String? {
        if case .database(.duckdb(let path), _) = place { path } else { nil }
    }

    private static let keys = [
        "path", "format", "duckdb", "sqlite", "postgres", "allow_plaintext", "table", "write", "primary_key", "schema",
    ]

    init(
        _ node: Node, table: String?, folder: String, resolve: (SecretReference) throws -> String
    ) throws {
        let section = try Section(node, "destination", keys: Self.keys)
        try section.exactlyOne(of: ["path", "duckdb", "sqlite", "postgres"])
        mode = try Self.mode(section)
        evolves = try section.choice("schema", of: ["evolve", "refuse"]) == "evolve"
        if let database = try DatabaseAddress(section, folder: folder, resolve: resolve) {
            guard let name = try section.text("table") ?? table else { throw try Self.lacks("table", section) }
            place = .database(database, try TableName(name))
            return
        }
        for key in ["table", "allow_plaintext"] where section[key] != nil {
            throw ConfigurationError("destination.\(key) is for databases", line: section[key]?.line)
        }
        let path = try section.required("path").text("destination.path")
        let choices = [FileFormat.csv, .jsonl, .parquet].map(\.rawValue)
        let named = try section.choice("format", of: choices).flatMap { FileFormat(rawValue: $0) }
        if ObjectAddress.isOne(path), path.hasSuffix("/") {
            throw ConfigurationError(
                "a folder in a bucket can't be replaced in one step", line: section["path"]?.line,
                hint: "name one object: s3://BUCKET/NAME.parquet")
        }
        let absolute = Paths.place(Paths.absolute(path, in: folder))
        if path.hasSuffix("/") {
            place = .folder(absolute, named ?? .parquet)
        } else if let format = named ?? FileFormat(path: path), format != FileFormat.json {
            place = .file(absolute, format)
        } else {
            throw ConfigurationError(
                "the form of \(path) is not one that is written", line: section["path"]?.line,
                hint: "end it in .csv, .jsonl or .parquet, or in / for a folder of parts")
        }
        if case .merge = mode {
            throw ConfigurationError(
                "files can't be merged into", line: section["write"]?.line, hint: "merge into a database")
        }
        if case .file = place, mode == .append {
            throw ConfigurationError(
                "one file can only be replaced", line: section["write"]?.line,
                hint: "give a folder (a path ending in /) to append parts to")
        }
    }

    private static func mode(_ section: Section) throws -> WriteMode {
        let key = try section.texts("primary_key") ?? []
        switch try section.choice("write", of: ["replace", "append", "merge"]) {
        case "append": return .append
        case "merge":
            guard !key.isEmpty else { throw try lacks("primary_key", section) }
            return .merge(primaryKey: key)
        default:
            return .replace
        }
    }

    private static func lacks(_ key: String, _ section: Section) throws -> any Error {
        ConfigurationError("destination lacks “\(key)”", line: section.line, hint: "write \(key): …")
    }
}
