/// What the engine said, sorted by kind. Its own text quotes values, so nothing of it but a line number leaves here.
struct EngineFailure: Error {
    /// DuckDB's error types, as far as they lead to different sentences.
    enum Kind: Int {
        case other = 0
        case outOfRange = 1, conversion = 2, mismatch = 5, transaction = 10, catalog = 13, parser = 14, constraint = 18
        case syntax = 22, binder = 24, io = 28, interrupted = 29, invalidInput = 32, outOfMemory = 33, permission = 34
    }

    let kind: Kind
    /// The line of a text file, where the engine named one.
    let line: Int?
    /// The engine's own words: for telling cases apart, never for showing.
    let text: String

    init(type: Int, text: String) {
        kind = Kind(rawValue: type) ?? .other
        self.text = text
        line = Self.number(after: "Line: ", in: text) ?? Self.number(after: "at line ", in: text)
    }

    /// What is said of it where nothing better is known.
    func sentence(_ code: PipelineError.Code, _ what: String) -> PipelineError {
        switch kind {
        case .outOfMemory:
            PipelineError(
                .tooLarge, "\(what): more memory is needed than the limit allows",
                hint: "raise engine: { memory: 2GB } in the pipeline, or set COFFER_MEMORY; nothing is spilled to disk")
        case .interrupted: PipelineError(.interrupted, "interrupted; nothing was changed")
        case _ where text.contains("No space left"): PipelineError(code, "\(what): no space left on the disk")
        case .io where text.contains("Permission denied"), .io where text.contains("Read-only file system"):
            PipelineError(code, "\(what): permission denied")
        case .io where text.contains("No such file or directory"):
            PipelineError(code, "\(what): it can't be opened", hint: "is its folder there?")
        case .io where text.contains("lock on file"):
            PipelineError(code, "\(what): another process has it open", hint: "close it there and try again")
        case .constraint: PipelineError(code, "\(what): a row breaks a constraint of the table")
        case .conversion, .outOfRange, .mismatch, .invalidInput:
            PipelineError(code, "\(what)\(line.map { ", line \($0)" } ?? ""): a value does not fit its column")
        case .catalog: PipelineError(code, "\(what): a table or column is not there")
        case .permission: PipelineError(code, "\(what): it reaches for a file or the network, which it may not")
        case .parser, .syntax, .binder: PipelineError(code, "\(what): the engine does not understand the query")
        default: PipelineError(code, "\(what): the engine can't do it")
        }
    }

    private static func number(after mark: String, in text: String) -> Int? {
        guard let range = text.firstRange(of: mark) else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}

extension EngineFailure {
    /// A failure to prepare a statement, of which only the text is known.
    init(preparing text: String) {
        let kinds: [(String, Kind)] = [
            ("Binder Error", .binder), ("Catalog Error", .catalog), ("Parser Error", .parser), ("IO Error", .io),
            ("Invalid Input Error", .invalidInput), ("Conversion Error", .conversion),
            ("Out of Memory", .outOfMemory), ("Permission Error", .permission),
        ]
        self.init(type: kinds.first { text.hasPrefix($0.0) }?.1.rawValue ?? 0, text: text)
    }
}
