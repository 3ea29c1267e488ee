/// A table as a pipeline names it: `customers`, `sales.customers`, `"odd.name"`.
package struct TableName: Sendable, Hashable, CustomStringConvertible {
    /// The schema, where one is named.
    package let schema: String?
    /// The table.
    package let name: String

    /// A table.
    package init(schema: String? = nil, name: String) {
        self.schema = schema
        self.name = name
    }

    /// Parses a name: what stands before the first dot outside quotes is the schema.
    package init(_ text: String) throws(PipelineError) {
        var parts: [String] = [""]
        var quoted = false
        var closed = false
        for character in text {
            if character == "\"" {
                if closed && !quoted { parts[parts.count - 1].append("\"") }  // a doubled quote stands for itself
                quoted.toggle()
                closed = !quoted
                continue
            }
            closed = false
            if character == "." && !quoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        guard !quoted, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }) else {
            throw PipelineError(
                .policy, "“\(text)” is not a table name", hint: "write it as table, schema.table or \"odd.name\"")
        }
        schema = parts.count == 2 ? parts[0] : nil
        name = parts[parts.count - 1]
    }

    /// For people.
    package var description: String { schema.map { "\($0).\(name)" } ?? name }
}

/// The rows of a database to read.
package enum Relation: Sendable, Hashable {
    /// A table or view.
    case table(TableName)
    /// A query of the user's own, run as it is, in a transaction that can only read.
    case query(String)

    /// The dataset it is unless the pipeline says.
    var defaultDataset: String? {
        if case .table(let table) = self { table.name } else { nil }
    }

    /// For people.
    var title: String {
        switch self {
        case .table(let table): "table \(table)"
        case .query: "query"
        }
    }

    /// A user's query as something to select from: no semicolon at the end, a comment in its last line ended.
    static func derived(_ query: String) -> String {
        var text = Substring(query)
        while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
        return "(\n\(text)\n)"
    }
}

extension TableName {
    /// The name alone, for databases without schemas. SQLite calls its only one `main`.
    func withoutSchema() throws(PipelineError) -> String {
        guard schema == nil || schema == "main" else {
            throw PipelineError(
                .policy, "\(self): a SQLite table has no schema", hint: "quote a name with a dot: table: '\"a.b\"'")
        }
        return name
    }
}
