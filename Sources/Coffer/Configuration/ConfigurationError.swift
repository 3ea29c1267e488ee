/// What is wrong with a configuration, where, and the way out.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
    /// One sentence, without any secret.
    public let message: String
    /// The line, counted from 1.
    public let line: Int?
    /// A way out, shown on a line of its own.
    public let hint: String?

    /// An error at `line`.
    public init(_ message: String, line: Int? = nil, hint: String? = nil) {
        self.message = message
        self.line = line
        self.hint = hint
    }

    /// The sentence, with its line in front.
    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}
