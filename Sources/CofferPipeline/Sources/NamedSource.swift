extension SourceSpecification.Place {
    /// What the user means by `text`: a file, a pattern (`raw/*.csv`), a folder, a database file or the address of a
    /// PostgreSQL database, as its rows stand there. Databases need `table`.
    package init(naming text: String, isSecret: Bool, table: String?) throws {
        if !isSecret, FileSystem.status(text) == nil, text.contains("*"), let format = FileFormat(path: text) {
            self = .files(Self.plain([text], format))
            return
        }
        let named = try ProtectedTable(text, isSecret: isSecret, table: table, dataset: nil)
        switch named.place {
        case .file(let path, let format): self = .files(Self.plain([path], format))
        case .folder(let path, let format): self = .files(Self.plain(["\(path)/*.\(format.rawValue)"], format))
        case .database(let address, let table): self = .database(address, .table(table))
        }
    }

    private static func plain(_ paths: [String], _ format: FileFormat) -> FileSelection {
        var files = FileSelection(paths: paths, format: format)
        if paths.allSatisfy({ $0.hasSuffix(".tsv") }) { files.delimiter = "\t" }
        return files
    }

    /// The DuckDB file that is read, if it is one.
    package var duckDBFiles: [String] {
        if case .database(.duckdb(let path), _) = self { [path] } else { [] }
    }
}
