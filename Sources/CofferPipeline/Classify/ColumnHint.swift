package import Coffer

/// What somebody has noted of a column elsewhere: a comment in a database, an annotation in a dlt schema.
package struct ColumnHint: Sendable {
    /// The column as dlt writes it: `address__city`, `children__name`.
    let column: String
    let kind: UInt8
    /// Where it was noted.
    let origin: String

    /// Words that call a column sensitive.
    private static let words: Set<String> = [
        "pii", "sensitive", "personal", "confidential", "gdpr", "phi", "spi", "private", "restricted",
    ]

    /// What a comment says; nil where it does not speak of it. `pii:email`, `PII (phone)`, `sensitive`.
    init?(column: String, text: String, origin: String) {
        let parts = ColumnName.words(of: String(text.prefix(1000)))
        guard let at = parts.firstIndex(where: { Self.words.contains($0) }) else { return nil }
        if at > 0, ["no", "not", "non", "without"].contains(parts[at - 1]) { return nil }
        if at + 1 < parts.count, ["no", "none", "false"].contains(parts[at + 1]) { return nil }
        self.init(column: column, entity: Self.entity(text), origin: origin)
    }

    private init(column: String, entity: Entity?, origin: String) {
        (self.column, self.origin) = (column, origin)
        kind = (entity ?? .sensitive).rawValue
    }

    private static func entity(_ text: String) -> Entity? {
        let words = ColumnName.words(of: text)
        let joined = words.joined(separator: "_")
        return Entity.allCases.first { entity in
            entity != .sensitive
                && (words.contains(entity.name) || entity.name.contains("_") && joined.contains(entity.name))
        } ?? ColumnName.evidence(text, below: nil, own: []).first.flatMap { Entity(kind: $0.kind) }
    }

    /// The hints in a dlt schema (YAML or JSON) for the table `name`, or for its only one: `x-annotation-pii`, other
    /// `x-…` entries and `tags` that speak of it, and descriptions.
    package static func dlt(_ root: Node, table name: String?) throws(ConfigurationError) -> [ColumnHint] {
        guard case .map(let top) = root.value, let tables = top.first(where: { $0.name == "tables" })?.value else {
            throw ConfigurationError("this is no dlt schema: it has no tables", line: root.line)
        }
        let entries = try tables.entries("tables").filter { !$0.name.hasPrefix("_dlt") }
        let roots = entries.filter { entry in !entries.contains { entry.name.hasPrefix($0.name + "__") } }
        let wanted = name.map { snake($0) }
        let chosen = entries.first { $0.name == wanted } ?? (roots.count == 1 ? roots.first : nil)
        guard let chosen else {
            throw ConfigurationError(
                "the dlt schema has no table \(name ?? "of that name")", line: tables.line,
                hint: "its tables: \(roots.map(\.name).joined(separator: ", "))")
        }
        var hints: [ColumnHint] = []
        for entry in entries where entry.name == chosen.name || entry.name.hasPrefix(chosen.name + "__") {
            let prefix = entry.name.dropFirst(chosen.name.count + 2)
            guard case .map(let parts) = entry.value.value, let columns = parts.first(where: { $0.name == "columns" })
            else { continue }
            for column in try columns.value.entries("columns") {
                let path = prefix.isEmpty ? column.name : "\(prefix)__\(column.name)"
                if let hint = annotation(column.value, path) { hints.append(hint) }
            }
        }
        return hints
    }

    private static func annotation(_ node: Node, _ column: String) -> ColumnHint? {
        guard case .map(let entries) = node.value else { return nil }
        for entry in entries {
            let words = ColumnName.words(of: entry.name)
            let isTag = words.last == "tags" || words.last == "tag" || entry.name == "description"
            guard isTag || entry.name.hasPrefix("x-") && words.contains(where: { self.words.contains($0) }) else {
                continue
            }
            let texts = (try? entry.value.texts(entry.name)) ?? []
            if isTag {
                let text = texts.joined(separator: " ")
                if let hint = ColumnHint(column: column, text: text, origin: "dlt") { return hint }
            } else if let text = texts.first, !["false", "no", "none", "0"].contains(text.lowercased()) {
                return ColumnHint(column: column, entity: entity(text), origin: "dlt")
            }
        }
        return nil
    }

    /// The name that dlt gives to a column: small letters and `_`.
    static func snake(_ name: String) -> String {
        var text = ""
        var wasSmall = false
        for scalar in name.unicodeScalars {
            if scalar.properties.isUppercase, wasSmall { text += "_" }
            let isPlain = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            text += isPlain ? scalar.properties.lowercaseMapping : "_"
            wasSmall = scalar.properties.isLowercase || ("0"..."9").contains(scalar)
        }
        return text
    }

    /// Whether it speaks of the leaf at `path`.
    func isAbout(_ path: FieldPath) -> Bool {
        var names = [path.column]
        for step in path.steps { if case .field(let name) = step { names.append(name) } }
        return names.map(Self.snake).joined(separator: "__") == Self.snake(column)
    }
}
