/// The SQL that reads files of one form.
struct FileReader {
    private let selected: FileSelection
    /// The files as SQL: a text or a list of them.
    private let files: String

    init(_ selected: FileSelection, _ files: String) {
        self.selected = selected
        self.files = files
    }

    /// A query over the files, in which no value loses what CSV wrote.
    func relation(_ selection: Selection, _ connection: EngineConnection) throws -> String {
        switch selected.format {
        case .parquet: return "SELECT * FROM read_parquet(\(files), union_by_name = true)"
        case .json, .jsonl: return try JSONReader(selected, files).relation(connection)
        case .csv: return try csv(textColumns: selection.textColumns, connection)
        }
    }

    /// Numbers are read as text and cast here, so that a leading zero or plus is seen before it is lost.
    private func csv(textColumns: Set<String>, _ connection: EngineConnection) throws -> String {
        let sniffed = try connection.rows(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(readCSV([])))")
        let known = Set(sniffed.compactMap { $0[0] })
        if let missing = selected.types.keys.sorted().first(where: { !known.contains($0) }) {
            throw PipelineError(
                .source, "types: there is no column \(missing) in the file",
                hint: "its columns: \(known.sorted().joined(separator: ", "))")
        }
        var types = selected.types
        var columns: [String] = []
        for (i, row) in sniffed.enumerated() {
            let (name, type) = (row[0] ?? "", row[1] ?? "VARCHAR")
            if types[name] == nil {
                // More digits than a number of the engine's has stay text.
                let isText = textColumns.contains(name) || Self.isNumber(type) || type == "BIGNUM"
                types[name] = isText ? "VARCHAR" : type
            }
            let isGuarded = selected.types[name] == nil && !textColumns.contains(name) && Self.isNumber(type)
            columns.append(isGuarded ? Self.guarded(SQL.name(name), type, i) : SQL.name(name))
        }
        let map = types.sorted { $0.key < $1.key }.map { "\(SQL.literal($0.key)): \(SQL.literal($0.value))" }
        let reader = readCSV(map.isEmpty ? [] : ["types = {\(map.joined(separator: ", "))}"])
        return "SELECT \(columns.joined(separator: ", ")) FROM \(reader)"
    }

    private static func isNumber(_ type: String) -> Bool {
        ["BIGINT", "DOUBLE", "HUGEINT", "INTEGER", "SMALLINT", "TINYINT", "FLOAT"].contains(type)
            || type.hasPrefix("DECIMAL")
    }

    /// A number, unless its text begins with a plus or with a zero before a digit: `0x` to `0:` in the order of bytes.
    private static func guarded(_ name: String, _ type: String, _ index: Int) -> String {
        """
        CASE WHEN (\(name) >= '00' AND \(name) < '0:') OR (\(name) >= '-00' AND \(name) < '-0:') \
        OR (\(name) >= '+' AND \(name) < ',') \
        THEN error('\(FileFailure.zerosMark)\(index);') ELSE CAST(\(name) AS \(type)) END AS \(name)
        """
    }

    private func readCSV(_ more: [String]) -> String {
        // By name, so that a column which only one of the files has is seen, and not taken for another.
        var options = [files, "union_by_name = true"] + more
        if let delimiter = selected.delimiter { options.append("delim = \(SQL.literal(delimiter))") }
        if let quote = selected.quote { options.append("quote = \(SQL.literal(quote))") }
        if let header = selected.header { options.append("header = \(header)") }
        return "read_csv(\(options.joined(separator: ", ")))"
    }
}
