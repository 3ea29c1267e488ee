/// Names and texts as SQL writes them. The only way either gets into a statement.
enum SQL {
    /// A name in double quotes.
    static func name(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// A text in single quotes.
    static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// The name of one file where the engine takes patterns: it would look for others by what stands in this one.
    static func file(_ path: String) -> String {
        literal(path.map { "*?[{".contains($0) ? "[\($0)]" : String($0) }.joined())
    }

    /// Names, comma-separated.
    static func names(_ names: [String]) -> String { names.map(name).joined(separator: ", ") }
}
