/// The SQL that reads files of one form.
struct FileReader {
    private let selected: FileSelection
    /// The files as SQL: a text or a list of them.
    private let files: String

    init(_ selected: FileSelection, _ files: String) {
        self.selected = selected
        self.files = files
    }

    /// A query over the files, in which no value loses what a text wrote; with what may be at fault in CSV.
    func relation(_ selection: Selection, _ connection: EngineConnection) throws -> (sql: String, csv: CSVReader.Query?)
    {
        switch selected.format {
        case .parquet: return ("SELECT * FROM read_parquet(\(files), union_by_name = true)", nil)
        case .json, .jsonl: return (try JSONReader(selected, files).relation(connection), nil)
        case .csv:
            let query = try CSVReader(selected, files).query(textColumns: selection.textColumns, connection)
            return (query.sql, query)
        }
    }
}
