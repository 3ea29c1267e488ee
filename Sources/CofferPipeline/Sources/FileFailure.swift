/// Sentences for what goes wrong in files: the file, the line, the column, never a value.
enum FileFailure {
    /// Stands in the engine's error where a kept number would lose leading zeros; then the column's index.
    static let zerosMark = "coffer:zeros:"

    static func sentence(
        _ failure: EngineFailure, format: FileFormat, files: [String], columns: [String]
    ) -> PipelineError {
        let text = failure.text
        // The mark also stands in the query, which the engine quotes with other errors: only at the front is it the error.
        if let range = text.firstRange(of: "Error: " + zerosMark),
            range.lowerBound < text.index(text.startIndex, offsetBy: 20),
            let index = Int(text[range.upperBound...].prefix { $0.isNumber }), columns.indices.contains(index)
        {
            let column = columns[index]
            return PipelineError(
                .source, "column \(column) holds numbers with leading zeros or a plus sign, which would be lost",
                hint: "read it as text: source: { types: { \(column): varchar } }")
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
}
