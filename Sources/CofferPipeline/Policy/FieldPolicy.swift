public import Coffer

/// What a pipeline file asks of its columns: one protection each, and what happens to those it does not name.
public struct FieldPolicy: Sendable {
    /// The entries of a pipeline file that a policy reads.
    public static let keys = ["fields", "unlisted", "key", "mac_key"]

    /// A column and what is asked for it.
    public struct Rule: Sendable {
        /// The column, or a leaf of a nested one.
        public let path: FieldPath
        /// What is asked.
        public let protection: ProtectionRule
        /// Where it is written.
        public let line: Int
    }

    /// In the order they are written.
    public private(set) var rules: [Rule]
    /// Whether columns that no rule names are kept in the clear. Otherwise they stop the run.
    public let keepsUnlisted: Bool
    /// The key of randomized encryption where a rule has none of its own.
    public let key: KeyTemplate
    /// The MAC key of domains where a rule has none of its own.
    public let macKey: KeyID

    /// Reads `fields`, `unlisted`, `key` and `mac_key` of `section`, which other parts may read as well.
    ///
    /// Files that it names are found from `folder` on.
    public init(_ section: Section, folder: String = ".") throws(ConfigurationError) {
        // The columns of a release need no protection of their own.
        rules =
            section["fields"] == nil && section["release"] != nil
            ? [] : try Self.rules(try section.required("fields"), folder: folder)
        keepsUnlisted = try section.choice("unlisted", of: ["refuse", "keep"]) == "keep"
        key = try ProtectionRule.parseKey(
            try section.text("key") ?? "alias/default", line: section["key"]?.line ?? section.line)
        macKey = try ProtectionRule.parseKeyID(
            try section.text("mac_key") ?? "alias/default-mac", line: section["mac_key"]?.line ?? section.line)
    }

    /// The same policy with `rules` in the place of those of the same columns.
    func with(_ rules: [Rule]) -> FieldPolicy {
        var policy = self
        policy.rules = self.rules.filter { old in !rules.contains { $0.path == old.path } } + rules
        return policy
    }

    /// Reads a map of nothing but ``keys``.
    public init(node: Node) throws(ConfigurationError) {
        try self.init(Section(node, "", keys: Self.keys))
    }

    /// Every key that the policy names.
    package var namedKeys: [KeyTemplate] {
        let own = rules.flatMap { rule -> [KeyTemplate?] in
            switch rule.protection {
            case .encrypt(let options): [options.key]
            case .encryptDeterministic(let domain), .hash(let domain):
                [domain.macKey.flatMap { try? KeyTemplate($0.description) }]
            case .preserveFormat(let options):
                [options.domain.macKey.flatMap { try? KeyTemplate($0.description) }]
            case .generalize(let generalization):
                [generalization.shiftDomain?.macKey.flatMap { try? KeyTemplate($0.description) }]
            case .tokenize(let options):
                [options.key, options.domain.macKey].map { key in key.flatMap { try? KeyTemplate($0.description) } }
            case .keep, .drop, .mask, .redact: []
            }
        }
        return own.compactMap(\.self) + [key] + [try? KeyTemplate(macKey.description)].compactMap(\.self)
    }

    private static func rules(_ node: Node, folder: String) throws(ConfigurationError) -> [Rule] {
        var lines: [FieldPath: Int] = [:]
        var rules: [Rule] = []
        for entry in try node.entries("fields") {
            let path = try path(entry.name, line: entry.line)
            if let earlier = lines.updateValue(entry.line, forKey: path) {
                throw ConfigurationError(
                    "column \(path) has two rules, the other on line \(earlier)", line: entry.line,
                    hint: "leave one of them")
            }
            let protection = try ProtectionRule(entry.value, column: path.description, folder: folder)
            rules.append(Rule(path: path, protection: protection, line: entry.line))
        }
        return rules
    }

    private static func path(_ text: String, line: Int) throws(ConfigurationError) -> FieldPath {
        do throws(ConfigurationError) { return try FieldPath(parsing: text) } catch {
            throw ConfigurationError(error.message, line: line, hint: error.hint)
        }
    }
}
