/// A map whose keys are known: any other is an error with its line.
///
///     let section = try Section(node, "source", keys: ["path", "format", "types"])
///     let path = try section.required("path").text("source.path")
public struct Section: Sendable {
    /// What it is called in errors; empty at the top of a file.
    public let name: String
    /// The line it begins on.
    public let line: Int
    private let values: [String: Node]

    /// Reads a map that may have `keys` and no others.
    public init(_ node: Node, _ name: String, keys: [String]) throws(ConfigurationError) {
        var values: [String: Node] = [:]
        for (key, line, value) in try node.entries(name.isEmpty ? "the file" : name) {
            guard keys.contains(key) else {
                throw ConfigurationError(
                    "“\(key)” is not a key\(name.isEmpty ? "" : " of \(name)")", line: line,
                    hint: Suggestion.nearest(to: key, among: keys).map { "did you mean \($0)?" }
                        ?? "these are known: \(keys.joined(separator: ", "))")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw ConfigurationError("“\(key)” is written twice", line: line)
            }
        }
        self.name = name
        self.line = node.line
        self.values = values
    }

    /// The value of `key`; nil where it is not written.
    public subscript(key: String) -> Node? { values[key] }

    /// The value of `key`; an error where it is not written.
    public func required(_ key: String) throws(ConfigurationError) -> Node {
        guard let node = values[key] else {
            throw ConfigurationError(
                "\(name.isEmpty ? "the file" : name) lacks “\(key)”", line: line, hint: "write \(key): …")
        }
        return node
    }

    /// `source.path`: what the value of `key` is called in errors.
    public func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

    /// The text of `key`; nil where it is not written.
    public func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = values[key] else { return nil }
        return try node.text(path(key))
    }

    /// The boolean of `key`; nil where it is not written.
    public func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let node = values[key] else { return nil }
        return try node.boolean(path(key))
    }

    /// The number of `key`; nil where it is not written.
    public func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let node = values[key] else { return nil }
        return try node.integer(path(key), in: range)
    }

    /// The texts of `key`; nil where it is not written.
    public func texts(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let node = values[key] else { return nil }
        return try node.texts(path(key))
    }

    /// One of `choices`; nil where `key` is not written.
    public func choice(_ key: String, of choices: [String]) throws(ConfigurationError) -> String? {
        guard let node = values[key] else { return nil }
        return try node.choice(path(key), of: choices)
    }
}
