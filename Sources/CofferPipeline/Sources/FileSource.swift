/// CSV, JSON, JSONL and Parquet files, read by the engine.
package final class FileSource: Source, @unchecked Sendable {
    package let location: String
    private let selected: FileSelection
    private let connection: EngineConnection
    /// The files found and what they were at `open`.
    private var opened: [(path: String, state: FileState)] = []
    /// Standard input can be opened only once: by `describe`, for `open`.
    private var standardInput: (any BatchStream)?
    /// What the query last made over CSV may find at fault.
    private var csv: CSVReader.Query?
    /// Standard input itself, where it is JSON.
    private var held: StandardInput?

    /// Files that the engine finds when they are needed.
    package convenience init(_ selected: FileSelection, engine: Engine) throws {
        try self.init(selected, engine: engine, beforeQueries: nil)
    }

    /// Files that are made ready before each statement.
    init(_ selected: FileSelection, engine: Engine, beforeQueries: (() throws -> Void)?) throws {
        self.selected = selected
        location = selected.isStandardInput ? "standard input" : selected.paths.joined(separator: ", ")
        connection = try engine.connect()
        connection.beforeQueries = beforeQueries
        if selected.isStandardInput, selected.format == .parquet {
            throw PipelineError(
                .source, "Parquet can't be read from standard input: its index is at the end",
                hint: "write it to a file first, or pipe CSV or JSONL")
        }
    }

    package var defaultDataset: String? {
        guard !selected.isStandardInput, let path = selected.paths.first else { return nil }
        return Self.dataset(path)
    }

    /// The name of the data in a file, or in several under a pattern.
    static func dataset(_ path: String) -> String? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let stem = name.prefix { $0 != "." && $0 != "*" && $0 != "?" && $0 != "[" }
        let trimmed = stem.reversed().drop { $0 == "-" || $0 == "_" }.reversed()
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    package func describe(_ selection: Selection) throws -> Schema {
        if selected.isStandardInput { return try openedInput(selection).schema }
        let files = try self.files(but: selection.except)
        guard !files.isEmpty else { return Schema([]) }
        return try reading(files, []) { try connection.query(try query(files, selection) + " LIMIT 0").schema }
    }

    package func maximum(of column: String) throws -> String? {
        if selected.isStandardInput {
            throw PipelineError(.source, "standard input can't be read incrementally: it can be read only once")
        }
        let files = try self.files(but: [])
        guard !files.isEmpty else { return nil }
        return try reading(files, [column]) {
            try Cursor.maximum(of: column, in: "(\(query(files, Selection())))", connection)
        }
    }

    package func open(_ selection: Selection) throws -> any BatchStream {
        if selected.isStandardInput {
            let stream = try openedInput(selection)
            standardInput = nil
            return MappedStream(stream) { [self] in mapped($0, ["standard input"], stream.schema.fields.map(\.name)) }
        }
        let files = try self.files(but: selection.except)
        guard !files.isEmpty else { return EmptyStream(schema: Schema([])) }
        let states = try files.map { (path: $0, state: try FileState(of: $0)) }
        if !opened.isEmpty, !states.elementsEqual(opened, by: ==) {
            throw PipelineError(
                .sourceChanged, "the files of \(location) changed while they were read",
                hint: "run again; nothing was written"
            )
        }
        opened = states
        let stream = try reading(files, []) { try connection.query(try query(files, selection)) }
        let names = stream.schema.fields.map(\.name)
        return MappedStream(stream) { [self] in mapped($0, files, names) }
    }

    package func verifyUnchanged() throws {
        for (path, state) in opened where (try? FileState(of: path)) != state {
            throw PipelineError(
                .sourceChanged, "\(path) changed while it was read", hint: "run again; nothing was written")
        }
    }

    package var files: [LoadedFile] {
        opened.map { LoadedFile(name: Self.name($0.path), size: $0.state.size, modified: $0.state.modified) }
    }

    package var expectedRows: Int? {
        guard selected.format == .parquet, let files = try? files(but: []), !files.isEmpty else { return nil }
        let sql = "SELECT sum(num_rows)::VARCHAR FROM parquet_file_metadata(\(list(files)))"
        return (try? connection.rows(sql))?.first?.first.flatMap { $0.flatMap { Int($0) } }
    }

    package func cancel() { connection.interrupt() }
}

extension FileSource {
    /// The files that the patterns name now, sorted, less those loaded before.
    private func files(but loaded: Set<LoadedFile>) throws -> [String] {
        var all: [String] = []
        for pattern in selected.paths {
            var found = [pattern]
            if FileSystem.status(pattern) == nil {
                found = try connection.rows("SELECT file FROM glob(\(SQL.literal(pattern))) ORDER BY file").compactMap {
                    $0[0]
                }
            }
            if found.isEmpty { throw PipelineError(.source, "no file matches \(pattern)") }
            if let folder = found.first(where: FileSystem.isFolder) {
                throw PipelineError(
                    .source, "\(folder) is a folder",
                    hint: "name its files, such as \(folder)/*.\(selected.format.rawValue)")
            }
            all += found
        }
        var seen: Set<String> = []
        all = all.filter { seen.insert(Self.name($0)).inserted }  // two patterns may name one file
        if loaded.isEmpty { return all }
        return try all.filter { path in
            let state = try FileState(of: path)
            return !loaded.contains(LoadedFile(name: Self.name(path), size: state.size, modified: state.modified))
        }
    }

    /// The one name of a file, from wherever it is looked at.
    private static func name(_ path: String) -> String { FileSystem.realPath(path) ?? path }

    private func query(_ files: [String], _ selection: Selection) throws -> String {
        let reader = FileReader(selected, list(files))
        let (relation, csv) = try reader.relation(selection, connection)
        self.csv = csv
        let columns = selection.columns.map(SQL.names) ?? "*"
        let range = selection.cursor.map { " WHERE \(Cursor.condition($0))" } ?? ""
        return "SELECT \(columns) FROM (\(relation))\(range)"
    }

    private func list(_ files: [String]) -> String {
        if selected.isStreamed { return SQL.literal(files[0]) }
        return "[" + files.map(SQL.file).joined(separator: ", ") + "]"
    }

    private func openedInput(_ selection: Selection) throws -> any BatchStream {
        if let standardInput { return standardInput }
        let input = try StandardInput()
        held = input
        let stream = try reading(["standard input"], []) {
            try connection.query(FileReader(selected, SQL.literal(input.path)).relation(selection, connection).sql)
        }
        standardInput = stream
        return stream
    }

    private func reading<T>(_ files: [String], _ columns: [String], _ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw mapped(error, files, columns) }
    }

    private func mapped(_ error: any Error, _ files: [String], _ columns: [String]) -> any Error {
        guard let failure = error as? EngineFailure else { return error }
        return FileFailure.sentence(failure, format: selected.format, files: files, columns: columns) { index in
            for file in files {
                if let number = faultyRow(index, in: file) { return (file, number) }
            }
            return nil
        }
    }

    /// The first row of a file, counted from 1, that has a fault in a column.
    private func faultyRow(_ index: Int, in file: String) -> Int? {
        guard let csv, let value = csv.values[index] else { return nil }
        let rows = "SELECT row_number() OVER () AS n, \(value.isFaulty) AS bad FROM \(csv.reader(SQL.file(file)))"
        let first = try? connection.rows("SELECT n::VARCHAR FROM (\(rows)) WHERE bad LIMIT 1")
        return first?.first?.first.flatMap { $0.flatMap { Int($0) } }
    }
}
