import FoundationEssentials

/// Whose value a remembered cursor is: two sources that go into one table each have their own, and so do two columns.
struct CursorMark {
    let source: String
    let column: String

    private struct Document: Codable {
        let source: String
        let column: String
        let value: String
    }

    /// What is remembered of a load that has read up to `value`.
    func text(through value: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(source: source, column: column, value: value)
        guard let bytes = try? encoder.encode(document) else { preconditionFailure("texts can be written as JSON") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value in what was remembered, nil where it was another source's or column's.
    func value(_ text: String) -> String? {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
            document.source == source, document.column == column
        else { return nil }
        return document.value
    }
}
