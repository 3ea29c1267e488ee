/// The SQL that reads CSV. Every column is read as text; what is more is cast by ``CSVValue``.
struct CSVReader {
    private let selected: FileSelection
    /// The files as SQL: a text or a list of them.
    private let files: String

    init(_ selected: FileSelection, _ files: String) {
        self.selected = selected
        self.files = files
    }

    /// A query over the files, and what in it may be at fault.
    struct Query {
        let sql: String
        /// The columns that are cast, by their index.
        var values: [Int: CSVValue] = [:]
        /// `read_csv(…)` over files as SQL.
        let reader: (String) -> String
    }

    /// A query over files that can be read more than once.
    func query(textColumns: Set<String>, _ connection: EngineConnection) throws -> Query {
        let sniffed = try connection.rows(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(read(files, [])))"
        )
        .map { ($0[0] ?? "", $0[1] ?? "VARCHAR") }
        let known = sniffed.map(\.0)
        if let missing = selected.types.keys.sorted().first(where: { !known.contains($0) }) {
            throw PipelineError(
                .source, "types: there is no column \(missing) in the file",
                hint: "its columns: \(known.joined(separator: ", "))")
        }
        let texts = known.map { "\(SQL.literal($0)): 'VARCHAR'" }.joined(separator: ", ")
        // Between quotes an empty text is a text; NULL is nothing at all.
        let exact = ["allow_quoted_nulls = false"] + (known.isEmpty ? [] : ["types = {\(texts)}"])
        var values: [Int: CSVValue] = [:]
        for (i, (name, type)) in sniffed.enumerated() {
            if let given = selected.types[name] {
                if !CSVType.isText(given) { values[i] = CSVValue(name, given, isFound: false) }
            } else if !textColumns.contains(name), !CSVType.isText(type), type != "BIGNUM" {
                values[i] = CSVValue(name, type, isFound: true)
            }
        }
        try leaveAsText(&values, sniffed.map(\.1), read(files, exact), connection)
        let columns = known.enumerated().map { values[$0]?.cast($0) ?? SQL.name($1) }.joined(separator: ", ")
        return Query(sql: "SELECT \(columns) FROM \(read(files, exact))", values: values) { read($0, exact) }
    }

    /// What looks like a date but is not written as ISO 8601 stays text: which number is the month is anybody's guess.
    /// In files that Coffer has written, which nobody can give types for, numbers with leading zeros do, too.
    private func leaveAsText(
        _ values: inout [Int: CSVValue], _ types: [String], _ reader: String, _ connection: EngineConnection
    ) throws {
        let open = values.keys.sorted().filter { selected.isOwn || !CSVType.isNumber(types[$0]) }
        let found = open.compactMap { i in values[i].flatMap { $0.isFound ? (i, $0.isFaulty) : nil } }
        guard !found.isEmpty else { return }
        let flags = found.map { "coalesce(bool_or(\($0.1)), false)::VARCHAR" }.joined(separator: ", ")
        let sample = selected.isOwn ? reader : "(SELECT * FROM \(reader) LIMIT 20480)"
        let row = try connection.rows("SELECT \(flags) FROM \(sample)").first ?? []
        for (flag, entry) in zip(row, found) where flag == "true" { values[entry.0] = nil }
    }

    private func read(_ files: String, _ more: [String]) -> String {
        // By name, so that a column which only one of the files has is seen, and not taken for another. No line is taken
        // for a comment, nor passed over where a header doesn't tell that it is no row.
        var options = [files, "comment = ''"] + more
        if !selected.isStreamed { options.append("union_by_name = true") }
        if let compression = selected.compression { options.append("compression = \(SQL.literal(compression))") }
        if selected.isOwn || selected.header == false { options.append("skip = 0") }
        if selected.isOwn {
            options += ["delim = ','", "quote = '\"'", "escape = '\"'", "header = true"]
        } else {
            if let delimiter = selected.delimiter { options.append("delim = \(SQL.literal(delimiter))") }
            if let quote = selected.quote { options.append("quote = \(SQL.literal(quote))") }
            if let header = selected.header { options.append("header = \(header)") }
        }
        return "read_csv(\(options.joined(separator: ", ")))"
    }
}
