import Coffer

/// A protected table to read again: a file, a folder, a table of a database.
package struct ProtectedTable: Sendable {
    /// Where it is, as a destination of a pipeline.
    package let place: DestinationSpecification.Place
    /// The dataset's name where the user or the pipeline gives one; else the table's or the file's.
    package let dataset: String?

    /// A table at `place`.
    package init(_ place: DestinationSpecification.Place, dataset: String?) {
        self.place = place
        self.dataset = dataset
    }

    /// What the user means by `text`: a folder, a file of data, a database file (known by its first bytes), or the
    /// address of a PostgreSQL database. Databases need `table`.
    package init(_ text: String, isSecret: Bool, table: String?, dataset: String?) throws {
        self.dataset = dataset
        func named() throws -> TableName {
            guard let table else {
                throw PipelineError(
                    .source, "\(isSecret ? "the database" : text) is a database", hint: "name the table with --table")
            }
            return try TableName(table)
        }
        if isSecret || text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            place = .database(.postgres(try PostgresAddress(text, isSecret: isSecret)), try named())
            return
        }
        if ObjectAddress.isOne(text) {
            guard let format = FileFormat(path: text) else {
                throw PipelineError(
                    .source, "the form of \(text) is not clear from its name", hint: "name it .csv, .jsonl or .parquet")
            }
            place = .file(text, format)
            return
        }
        guard FileSystem.status(text) != nil else { throw PipelineError(.source, "there is no \(text)") }
        let path = Paths.place(text)
        if FileSystem.isFolder(text) {
            let parts = LibrarySearch.entries(of: text).filter { !$0.hasPrefix(".") }
            guard let format = parts.lazy.compactMap({ FileFormat(path: $0) }).first else {
                throw PipelineError(.source, "\(text) holds no files of data")
            }
            place = .folder(path, format)
        } else if let database = DatabaseAddress(sniffing: path) {
            place = .database(database, try named())
        } else if let format = FileFormat(path: text) {
            place = .file(path, format)
        } else {
            throw PipelineError(
                .source, "the form of \(text) is not clear from its name",
                hint: "name it .csv, .jsonl, .parquet or .duckdb")
        }
    }

    /// The DuckDB files that it is in.
    package var duckDBFiles: [String] {
        if case .database(.duckdb(let path), _) = place { [path] } else { [] }
    }

    /// The same table as something to read.
    var source: SourceSpecification.Place {
        switch place {
        case .file(let path, let format): .files(Self.own([path], format))
        case .folder(let path, let format): .files(Self.own(Self.parts(path, format), format))
        case .database(let address, let table): .database(address, .table(table))
        }
    }

    /// The parts in a folder; their pattern where there are none, which names the folder in the error.
    private static func parts(_ folder: String, _ format: FileFormat) -> [String] {
        let names = LibrarySearch.entries(of: folder).filter {
            !$0.hasPrefix(".") && $0.hasSuffix(".\(format.rawValue)")
        }
        return names.isEmpty ? ["\(folder)/*.\(format.rawValue)"] : names.sorted().map { "\(folder)/\($0)" }
    }

    private static func own(_ paths: [String], _ format: FileFormat) -> FileSelection {
        var files = FileSelection(paths: paths, format: format)
        files.isOwn = true
        return files
    }

    /// The dataset that the reader means.
    var datasetName: String {
        if let dataset { return dataset }
        switch place {
        case .file(let path, _): return String(FileSystem.name(of: path).prefix { $0 != "." })
        case .folder(let path, _): return FileSystem.name(of: path)
        case .database(_, let table): return table.name
        }
    }

    /// Its catalogue: the reader's dataset's, else the only one there is. Untrusted.
    func record(in destination: any Destination) throws -> CatalogueRecord {
        let own = try destination.catalogues()
        let found =
            try own.first { $0.dataset == datasetName } ?? (own.count == 1 ? own.first : nil)
            ?? destination.catalogues(of: datasetName).first
        guard let found else {
            throw PipelineError(
                .catalogue, "\(destination.location) has no catalogue of wrapped keys",
                hint: own.isEmpty
                    ? "it was not protected by coffer, or is a copy: give --dataset, or copy its catalogue beside it"
                    : "name one of its datasets with --dataset: \(own.map(\.dataset).joined(separator: ", "))")
        }
        return found
    }
}

extension DatabaseAddress {
    /// A database file by its first bytes; nil where it is none.
    init?(sniffing path: String) {
        guard let head = FileSystem.head(of: path, count: 16) else { return nil }
        if head.starts(with: Array("SQLite format 3\0".utf8)) {
            self = .sqlite(path)
        } else if head.count >= 12, Array(head[8..<12]) == Array("DUCK".utf8) {
            self = .duckdb(path)
        } else {
            return nil
        }
    }
}
