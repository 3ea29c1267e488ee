extension Node {
    /// Whether nothing is written, or `null` or `~`.
    public var isNull: Bool {
        if case .scalar(let text, false) = value { return ["", "~", "null", "Null", "NULL"].contains(text) }
        return false
    }

    /// A text, number or boolean as it is written; `what` names the value in errors.
    public func text(_ what: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = value, !isNull else { throw expected("a text", what) }
        return text
    }

    /// A whole number within `range`.
    public func integer(_ what: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard case .scalar(let text, false) = value, let number = Int(text), range.contains(number) else {
            let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw expected("a whole number from \(range.lowerBound)\(end)", what)
        }
        return number
    }

    /// `true` or `false`, in these words only: `yes`, `on` and `"true"` are refused.
    public func boolean(_ what: String) throws(ConfigurationError) -> Bool {
        switch value {
        case .scalar("true", false): true
        case .scalar("false", false): false
        default: throw expected("true or false", what)
        }
    }

    /// One of `choices`; anything else is an error that says the nearest.
    public func choice(_ what: String, of choices: [String]) throws(ConfigurationError) -> String {
        let text = try text(what)
        guard choices.contains(text) else {
            throw ConfigurationError(
                "\(what) must be \(choices.joined(separator: ", "))", line: line,
                hint: Suggestion.nearest(to: text, among: choices).map { "did you mean \($0)?" })
        }
        return text
    }

    /// A list of anything.
    public func list(_ what: String) throws(ConfigurationError) -> [Node] {
        guard case .list(let elements) = value else { throw expected("a list", what) }
        return elements
    }

    /// A list of texts; a single text stands for a list of one.
    public func texts(_ what: String) throws(ConfigurationError) -> [String] {
        guard case .list(let elements) = value else { return [try text(what)] }
        var texts: [String] = []
        for element in elements { texts.append(try element.text(what)) }
        return texts
    }

    /// Names that the file chooses, and their values, in the order they are written. Where the names are known
    /// beforehand, use ``Section``.
    public func entries(_ what: String) throws(ConfigurationError) -> [(name: String, line: Int, value: Node)] {
        guard case .map(let pairs) = value else { throw expected("names with values (name: value)", what) }
        return pairs
    }

    /// An error that says what `what` should be, never what it is: it could be a secret in the wrong place.
    public func expected(_ form: String, _ what: String) -> ConfigurationError {
        ConfigurationError("\(what) must be \(form)", line: line)
    }
}
