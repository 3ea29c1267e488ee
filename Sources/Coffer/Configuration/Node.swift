/// A value in a configuration file and the line it stands on: parsed into types by the module it is for.
public struct Node: Sendable {
    /// What it is.
    public enum Value: Sendable {
        /// A text, number, boolean or null as written. `quoted` where quotes made it a text.
        case scalar(String, quoted: Bool)
        /// A list.
        case list([Node])
        /// Pairs in the order they are written; names are unique.
        case map([(name: String, line: Int, value: Node)])
    }

    /// What it is.
    public let value: Value
    /// The line it begins on, counted from 1.
    public let line: Int

    /// A node.
    public init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }
}
