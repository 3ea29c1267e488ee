/// Why a text is no policy: one sentence, and which statement it is about. What the API answers as
/// `MalformedPolicyDocumentException`.
public struct PolicyError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The sentence.
    public let message: String
    /// Which statement, counted from 1; nil where it is about the whole document.
    public let statement: Int?
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error.
    public init(_ message: String, statement: Int? = nil, hint: String? = nil) {
        (self.message, self.statement, self.hint) = (message, statement, hint)
    }

    /// The sentence, with the statement in front.
    public var description: String { statement.map { "statement \($0): \(message)" } ?? message }

    /// A piece of a policy as an error quotes it: short, and without what could move a terminal's cursor.
    static func quote(_ text: String) -> String {
        let clean = String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7f ? "." : $0 }))
        return "“\(clean)\(text.unicodeScalars.count > 60 ? "…" : "")”"
    }
}
