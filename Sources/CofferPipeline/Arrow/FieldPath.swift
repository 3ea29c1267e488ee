public import Coffer

/// The way to a leaf: `email`, `address.city`, `children[].security_key`, `tags[]`, `labels{key}`, `labels{value}`.
///
/// A name with other characters than letters, digits and `_` may stand in backticks: `` `a.b`.c ``.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    /// One step down.
    public enum Step: Hashable, Sendable {
        /// A struct's field.
        case field(String)
        /// The elements of a list.
        case elements
        /// The keys of a map.
        case keys
        /// The values of a map.
        case values
    }

    /// The top-level column.
    public let column: String
    /// The steps below it.
    public let steps: [Step]

    /// A path.
    public init(_ column: String, _ steps: [Step] = []) {
        self.column = column
        self.steps = steps
    }

    /// Parses the written form.
    public init(parsing text: String) throws(ConfigurationError) {
        var rest = Substring(text)
        guard let column = Self.name(&rest) else { throw Self.malformed(text) }
        var steps: [Step] = []
        while !rest.isEmpty {
            if rest.hasPrefix("[]") {
                steps.append(.elements)
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("{key}") {
                steps.append(.keys)
                rest = rest.dropFirst(5)
            } else if rest.hasPrefix("{value}") {
                steps.append(.values)
                rest = rest.dropFirst(7)
            } else if rest.hasPrefix(".") {
                rest = rest.dropFirst()
                guard let name = Self.name(&rest) else { throw Self.malformed(text) }
                steps.append(.field(name))
            } else {
                throw Self.malformed(text)
            }
        }
        self.init(column, steps)
    }

    private static func malformed(_ text: String) -> ConfigurationError {
        ConfigurationError(
            "“\(text)” is not a column path", hint: "write it as email, address.city, children[].name, labels{value}")
    }

    /// Takes a name off the front; in backticks, a doubled one stands for itself.
    private static func name(_ rest: inout Substring) -> String? {
        if rest.first == "`" {
            var name = ""
            rest = rest.dropFirst()
            while let end = rest.firstIndex(of: "`") {
                name += rest[..<end]
                rest = rest[rest.index(after: end)...]
                guard rest.first == "`" else { return name.isEmpty ? nil : name }
                name += "`"
                rest = rest.dropFirst()
            }
            return nil
        }
        let end = rest.firstIndex { ".[]{}`".contains($0) } ?? rest.endIndex
        defer { rest = rest[end...] }
        return end == rest.startIndex ? nil : String(rest[..<end])
    }

    /// The written form; parses back to the same path.
    public var description: String {
        func quoted(_ name: String) -> String {
            name.contains { ".[]{}`".contains($0) }
                ? "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
                : name
        }
        return steps.reduce(into: quoted(column)) { text, step in
            switch step {
            case .field(let name): text += "." + quoted(name)
            case .elements: text += "[]"
            case .keys: text += "{key}"
            case .values: text += "{value}"
            }
        }
    }

    /// The path with one step more.
    public func appending(_ step: Step) -> FieldPath { FieldPath(column, steps + [step]) }
}
