/// Sentences for what goes wrong in files: the file, the line, the column, never a value.
enum FileFailure {
    /// - Parameter row: finds the row of a fault in a column, by its index.
    static func sentence(
        _ failure: EngineFailure, format: FileFormat, files: [String], columns: [String],
        row: (Int) -> (file: String, number: Int)? = { _ in nil }
    ) -> PipelineError {
        let text = failure.text
        if let (fault, index) = fault(in: text), columns.indices.contains(index) {
            let place = row(index).map { "\($0.file), row \($0.number): " } ?? ""
            return sentence(fault, columns[index], place)
        }
        let file =
            files.first { text.contains("file = \($0)") || text.contains("\"\($0)\"") } ?? files.first ?? "the source"
        let place = failure.line.map { "\(file), line \($0)" } ?? file
        let unquoted = text.lowercased()
        if unquoted.contains("invalid unicode") || unquoted.contains("not utf-8") || unquoted.contains("invalid utf-8")
        {
            return PipelineError(
                .source, "\(place): the text is not valid UTF-8",
                hint: "convert it first, for example with iconv -t UTF-8")
        }
        if unquoted.contains("expected number of columns") {
            return PipelineError(
                .source, "\(place): the row has more or fewer columns than the header",
                hint: "mend the row, or set csv: { delimiter: …, quote: … }")
        }
        if unquoted.contains("quote") && format == .csv {
            return PipelineError(
                .source, "\(place): a quoted value does not end", hint: "mend the row, or set csv: { quote: … }")
        }
        if unquoted.contains("no files found") || unquoted.contains("cannot open file") {
            return PipelineError(.source, "\(file) can't be opened")
        }
        if let column = columns.first(where: {
            text.contains("source column \($0)") || text.contains("column \"\($0)\"")
        }) {
            return PipelineError(
                .source, "\(place): a value of column \(column) does not fit its type",
                hint: "give the type: source: { types: { \(column): varchar } }")
        }
        switch failure.kind {
        case .outOfMemory, .interrupted: return failure.sentence(.source, file)
        default:
            return PipelineError(
                .source, "\(place): it can't be read as \(format.rawValue)",
                hint: format == .csv
                    ? "set csv: { delimiter: …, quote: …, header: … } or types: { column: varchar }" : nil)
        }
    }

    /// The fault that ``CSVValue`` has raised. The mark also stands in the query, which the engine quotes with other
    /// errors: only at the front is it the error.
    private static func fault(in text: String) -> (CSVValue.Fault, Int)? {
        let mark = "Error: " + CSVValue.mark
        guard let range = text.firstRange(of: mark), range.lowerBound < text.index(text.startIndex, offsetBy: 20) else {
            return nil
        }
        let parts = text[range.upperBound...].split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let fault = CSVValue.Fault(rawValue: String(parts[0])),
            let index = Int(parts[1].prefix { $0.isNumber })
        else { return nil }
        return (fault, index)
    }

    private static func sentence(_ fault: CSVValue.Fault, _ column: String, _ place: String) -> PipelineError {
        let hint = "read it as text: source: { types: { \(column): varchar } }"
        return switch fault {
        case .zeros:
            PipelineError(
                .source,
                "\(place)column \(column) holds numbers with leading zeros or a plus sign, which would be lost",
                hint: hint)
        case .digits:
            PipelineError(
                .source, "\(place)column \(column) holds a number with more digits than a double keeps",
                hint: "\(hint), or as decimal(38,10)")
        case .fit:
            PipelineError(.source, "\(place)a value of column \(column) does not fit its type", hint: hint)
        }
    }
}
