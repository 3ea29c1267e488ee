import Coffer

/// `source:` of a pipeline.
package struct SourceSpecification: Sendable {
    /// What is read.
    package enum Place: Sendable {
        case files(FileSelection)
        case database(DatabaseAddress, Relation)
    }

    /// What is read.
    package let place: Place
    /// Whether files that an earlier run has loaded are left out.
    package let newOnly: Bool
    /// The column that tells which rows are new.
    package let cursor: String?

    private static let keys = [
        "path", "format", "csv", "types", "duckdb", "sqlite", "postgres", "allow_plaintext", "table", "query",
        "new_only",
        "incremental",
    ]

    init(
        _ node: Node, table: String?, folder: String, resolve: (SecretReference) throws -> String
    ) throws {
        let section = try Section(node, "source", keys: Self.keys)
        try section.exactlyOne(of: ["path", "duckdb", "sqlite", "postgres"])
        newOnly = try section.boolean("new_only") ?? false
        cursor = try section["incremental"].map {
            try Section($0, "source.incremental", keys: ["cursor"]).required("cursor").text("source.incremental.cursor")
        }
        if let database = try DatabaseAddress(section, folder: folder, resolve: resolve) {
            for key in ["format", "csv", "types"] + (newOnly ? ["new_only"] : []) where section[key] != nil {
                throw ConfigurationError("source.\(key) is for files", line: section[key]?.line)
            }
            place = .database(database, try Self.relation(section, table: table))
        } else {
            for key in ["table", "query", "allow_plaintext"] where section[key] != nil {
                throw ConfigurationError("source.\(key) is for databases", line: section[key]?.line)
            }
            place = .files(try Self.files(section, folder: folder))
        }
    }

    private static func relation(_ section: Section, table: String?) throws -> Relation {
        if let query = try section.text("query") {
            if section["table"] != nil {
                throw ConfigurationError("source has both table and query", line: section.line)
            }
            return .query(query)
        }
        guard let name = try section.text("table") ?? table else {
            throw ConfigurationError("source lacks a table or a query", line: section.line)
        }
        return .table(try TableName(name))
    }

    private static func files(_ section: Section, folder: String) throws -> FileSelection {
        let node = try section.required("path")
        let paths = try node.texts("source.path")
        guard !paths.isEmpty else { throw ConfigurationError("source.path is empty", line: node.line) }
        var format = try section.choice("format", of: FileFormat.allCases.map(\.rawValue)).flatMap {
            FileFormat(rawValue: $0)
        }
        if format == nil {
            let formats = Set(paths.map { FileFormat(path: $0) })
            guard formats.count == 1, let only = formats.first, let only else {
                throw ConfigurationError(
                    "the form of the files is not clear from their names", line: node.line,
                    hint: "add format: csv, json, jsonl or parquet")
            }
            format = only
        }
        var files = FileSelection(paths: paths.map { Paths.absolute($0, in: folder) }, format: format ?? .csv)
        if let csv = section["csv"] {
            let options = try Section(csv, "source.csv", keys: ["delimiter", "quote", "header"])
            files.delimiter = try options.text("delimiter")
            files.quote = try options.text("quote")
            files.header = try options.boolean("header")
        } else if paths.allSatisfy({ $0.hasSuffix(".tsv") }) {
            files.delimiter = "\t"
        }
        for entry in try section["types"]?.entries("source.types") ?? [] {
            files.types[entry.name] = try SQLType.checked(entry.value.text("source.types.\(entry.name)"), entry.line)
        }
        return files
    }
}

/// The SQL types that a pipeline file may name.
enum SQLType {
    /// `text` if it can only be a type: words, numbers, brackets. It becomes part of a statement.
    static func checked(_ text: String, _ line: Int) throws(ConfigurationError) -> String {
        let allowed = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || [0x20, 0x28, 0x29, 0x2c, 0x5b, 0x5d, 0x5f].contains($0)
        }
        guard allowed, !text.isEmpty, text.utf8.count <= 200 else {
            throw ConfigurationError(
                "that is not a type", line: line, hint: "write it as varchar, bigint, decimal(10,2), date")
        }
        return text
    }
}
