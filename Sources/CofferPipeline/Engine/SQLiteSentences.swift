extension ADBCFailure {
    /// SQLite's conditions, which its driver tells by text only.
    func sqlite(_ code: PipelineError.Code, _ what: String, _ place: String) -> PipelineError {
        let cases: [(mark: String, error: PipelineError)] = [
            (
                "UNIQUE constraint failed",
                PipelineError(
                    code, "\(what): a row's key is there already, and the table allows it once",
                    hint: "use write: merge with primary_key")
            ),
            (
                "NOT NULL constraint failed",
                PipelineError(
                    code, "\(place): a value is missing where the table requires one",
                    hint: "give the column a default, or load it as well")
            ),
            ("FOREIGN KEY constraint", PipelineError(code, "\(what): a foreign key stands in the way")),
            ("constraint failed", PipelineError(code, "\(what): a row breaks a constraint of the table")),
            ("out of range", PipelineError(code, "\(place): a number is beyond 64 signed bits, SQLite's largest")),
            ("cannot store", PipelineError(code, "\(place): a value does not fit the column's type")),
            (
                "is locked",
                PipelineError(code, "\(what): another process is writing to it", hint: "try again when it is done")
            ),
            ("database or disk is full", PipelineError(code, "\(what): no space left on the disk")),
            ("readonly database", PipelineError(code, "\(what): it can't be written", hint: "see its permissions")),
            ("not a database", PipelineError(code, "\(what): it is not a SQLite database")),
            ("malformed JSON", Self.mixed(code, place)), ("Type mismatch", Self.mixed(code, place)),
            ("disk image is malformed", PipelineError(code, "\(what): the database file is damaged")),
            ("no such table", PipelineError(code, "\(what): there is no such table")),
            ("no such column", PipelineError(code, "\(what): there is no such column")),
            ("syntax error", PipelineError(code, "\(what): SQLite does not understand the query")),
            ("failed to open", PipelineError(code, "\(what): it can't be opened", hint: "is it there, and readable?")),
            ("unable to open", PipelineError(code, "\(what): it can't be opened", hint: "is it there, and readable?")),
            ("out of memory", PipelineError(.tooLarge, "\(what): out of memory")),
            ("interrupted", PipelineError(.interrupted, "\(what): interrupted; nothing was changed")),
        ]
        return cases.first { text.contains($0.mark) }?.error ?? PipelineError(code, "\(what): SQLite refused it")
    }

    private static func mixed(_ code: PipelineError.Code, _ place: String) -> PipelineError {
        PipelineError(
            code, "\(place): a column holds values of another type than it is declared with",
            hint: "use query: and CAST the column to one type")
    }
}
