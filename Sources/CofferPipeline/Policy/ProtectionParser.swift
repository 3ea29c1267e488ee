import Coffer

extension ProtectionRule {
    static let words = [
        "keep", "drop", "encrypt", "mask", "hash", "redact", "preserve_format", "generalize", "tokenize",
    ]

    /// Parses what stands after a column's name: a word, or a word with options.
    ///
    /// Files that it names are found from `folder` on.
    init(_ node: Node, column: String, folder: String) throws(ConfigurationError) {
        switch node.value {
        case .scalar(let word, _):
            self = try Self.parse(word, nil, line: node.line, column: column, folder: folder)
        case .map(let pairs) where pairs.count == 1:
            self = try Self.parse(
                pairs[0].name, pairs[0].value, line: pairs[0].line, column: column, folder: folder)
        default:
            throw ConfigurationError(
                "column \(column) takes exactly one protection", line: node.line,
                hint: "write one word (\(Self.words.joined(separator: ", "))), or one with options: "
                    + "{ mask: { keep_last: 4 } }")
        }
    }

    private static func parse(
        _ word: String, _ written: Node?, line: Int, column: String, folder: String
    ) throws(ConfigurationError) -> ProtectionRule {
        if word == "redact" { return try redact(written, column: column) }
        let options = written.flatMap { $0.isNull ? nil : $0 } ?? Node(.map([]), line: line)
        let name = "the \(word) of column \(column)"
        switch word {
        case "keep", "drop":
            _ = try Section(options, name, keys: [])
            return word == "keep" ? .keep : .drop
        case "encrypt":
            let keys = ["key", "bind", "suite", "deterministic", "domain", "mac_key"]
            return try encrypt(try Section(options, name, keys: keys))
        case "mask": return try mask(try Section(options, name, keys: ["keep_first", "keep_last", "char"]))
        case "hash": return .hash(try domain(try Section(options, name, keys: ["domain", "mac_key"])))
        case "preserve_format": return .preserveFormat(try Format(try Section(options, name, keys: Format.keys)))
        case "tokenize": return .tokenize(try Tokens(try Section(options, name, keys: Tokens.keys)))
        case "generalize":
            return .generalize(try Generalization(Section(options, name, keys: Generalization.keys), folder: folder))
        default:
            throw ConfigurationError(
                "column \(column): “\(word)” is no protection", line: line,
                hint: Suggestion.nearest(to: word, among: words).map { "did you mean \($0)?" }
                    ?? "there are \(words.joined(separator: ", "))")
        }
    }

    private static func encrypt(_ section: Section) throws(ConfigurationError) -> ProtectionRule {
        let isDeterministic = try section.boolean("deterministic") ?? false
        let misplaced =
            isDeterministic
            ? [
                ("key", "its key comes from mac_key:"), ("suite", "its cipher is always AES-SIV"),
                ("bind", "equal values must stay equal, so a cell can't depend on its row"),
            ] : [("domain", "add deterministic: true"), ("mac_key", "add deterministic: true, or use key:")]
        for (option, hint) in misplaced {
            guard let node = section[option] else { continue }
            throw ConfigurationError(
                "\(section.path(option)) has no meaning for \(isDeterministic ? "deterministic" : "randomized") "
                    + "encryption", line: node.line, hint: hint)
        }
        if isDeterministic { return .encryptDeterministic(try domain(section)) }
        let suite = try section.choice("suite", of: FieldSuite.allCases.map(\.rawValue))
        let bind = try section.texts("bind") ?? []
        guard Set(bind).count == bind.count, bind.count <= CatalogueLimits.bound else {
            throw ConfigurationError(
                "\(section.path("bind")) names columns, each once and at most \(CatalogueLimits.bound)",
                line: section.line, hint: "write it as [id]")
        }
        return .encrypt(
            Randomized(
                key: try section["key"].map { (node) throws(ConfigurationError) in
                    try parseKey(try node.text(section.path("key")), line: node.line)
                }, bind: bind, suite: suite.flatMap { FieldSuite(rawValue: $0) } ?? .aes256GCM))
    }

    static func domain(_ section: Section) throws(ConfigurationError) -> Domain {
        let name = try section.text("domain")
        if let name, !(1...256).contains(name.utf8.count) {
            throw ConfigurationError("\(section.path("domain")) has 1 to 256 bytes", line: section.line)
        }
        return Domain(
            name: name,
            macKey: try section["mac_key"].map { (node) throws(ConfigurationError) in
                try parseKeyID(try node.text(section.path("mac_key")), line: node.line)
            })
    }

    private static func mask(_ section: Section) throws(ConfigurationError) -> ProtectionRule {
        let text = try section.text("char") ?? "*"
        guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first,
            scalar.properties.generalCategory != .control
        else {
            throw ConfigurationError("\(section.path("char")) is one character", line: section.line)
        }
        return .mask(
            Mask(
                keepFirst: try section.integer("keep_first", in: 0...65_535) ?? 0,
                keepLast: try section.integer("keep_last", in: 0...65_535) ?? 0, character: scalar))
    }

    private static func redact(_ constant: Node?, column: String) throws(ConfigurationError) -> ProtectionRule {
        guard let constant, !constant.isNull else { return .redact(nil) }
        guard case .scalar(let text, _) = constant.value else {
            throw ConfigurationError(
                "the redact of column \(column) is a constant", line: constant.line,
                hint: "write it as { redact: \"REDACTED\" }")
        }
        return .redact(text)
    }

    /// A key template, with the line in the error.
    static func parseKey(_ text: String, line: Int) throws(ConfigurationError) -> KeyTemplate {
        do throws(KeyError) { return try KeyTemplate(text) } catch {
            throw ConfigurationError(error.message, line: line, hint: error.hint)
        }
    }

    /// A key's name, with the line in the error.
    static func parseKeyID(_ text: String, line: Int) throws(ConfigurationError) -> KeyID {
        do throws(KeyError) { return try KeyID(text) } catch {
            throw ConfigurationError(error.message, line: line, hint: error.hint)
        }
    }
}
