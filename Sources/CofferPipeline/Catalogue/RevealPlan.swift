/// What `reveal` does with a value that does not open.
package enum RevealFailure: Sendable {
    /// Ends with the row and the column.
    case stop
    /// Gives null in its place.
    case null
}

/// The columns of a protected table that are to be revealed, and what they become. Pure.
///
/// The catalogue is untrusted. The dataset's name comes from the reader: a table that was renamed or copied from
/// another one opens only under the name it was written with.
package struct RevealPlan: Sendable {
    /// A leaf of the table at hand that is to be revealed.
    struct Leaf: Sendable {
        let path: FieldPath
        let column: Catalogue.Column
        let output: Field
        let bound: BoundValues
        /// Whether its column holds it inside a JSON text.
        let isInJSON: Bool
    }

    /// The protected table's columns.
    package let schema: Schema
    /// The revealed table's columns.
    package let outputSchema: Schema
    let catalogue: Catalogue
    let dataset: String
    let allowed: AllowedKeys
    let onFailure: RevealFailure
    let leaves: [Leaf]
    /// Whether any of them needs the token vault.
    package var needsVault: Bool { leaves.contains { $0.column.protection.isTokenized } }
    /// Columns that hold some of them as JSON.
    let json: [JSONColumn]
    /// Positions of the output's columns among the input's.
    let selected: [Int]

    /// Plans to reveal `columns` of a table: all that can be where it is nil, and the other columns as they are; only
    /// the named ones otherwise. Columns that the named ones are bound to must be in `schema` too.
    package init(
        _ catalogue: Catalogue, schema: Schema, dataset: String, columns: [FieldPath]?, allowed: AllowedKeys,
        onFailure: RevealFailure
    ) throws(PipelineError) {
        self.catalogue = catalogue
        self.schema = schema
        self.dataset = dataset
        self.allowed = allowed
        self.onFailure = onFailure
        var leaves: [Leaf] = []
        let present = Dictionary(schema.leaves.map { ($0.path, $0.field) }, uniquingKeysWith: { first, _ in first })
        for column in catalogue.columns where column.protection.isReversible {
            if let columns, !columns.contains(where: { column.path.isBelow($0) }) { continue }
            let top = present[FieldPath(column.path.column)]
            let isInJSON = present[column.path] == nil && top?.valueType.isText ?? false
            guard let field = present[column.path] ?? (isInJSON ? top : nil) else {
                // A table may have lost a column since; a reader who names it is told.
                if columns == nil, schema.index(of: column.path.column) == nil { continue }
                throw Self.unreadable(column.path, schema)
            }
            leaves.append(try Self.leaf(column, field, schema, isInJSON: isInJSON))
        }
        self.leaves = leaves
        var selected = Array(schema.fields.indices)
        if let columns {
            for path in columns where schema.index(of: path.column) == nil {
                throw PipelineError(.policy, "there is no column \(path)", hint: schema.columnsHint)
            }
            selected = selected.filter { at in columns.contains { $0.column == schema.fields[at].name } }
        }
        self.selected = selected
        json = Self.jsonColumns(leaves, schema)
        let (direct, inJSON) = (leaves.filter { !$0.isInJSON }, json.map { schema.fields[$0.position] })
        let whole = try schema.replacing(
            direct.map(\.path) + inJSON.map { FieldPath($0.name) },
            with: direct.map(\.output) + inJSON.map { $0.valueField })
        outputSchema = Schema(selected.map { whole.fields[$0] }, metadata: schema.metadata)
    }

    private static func leaf(
        _ column: Catalogue.Column, _ field: Field, _ schema: Schema, isInJSON: Bool
    ) throws(PipelineError) -> Leaf {
        var isReadable = field.valueType.isVariable || field.valueType == .null
        // What keeps its format may be a number.
        if case .preserveFormat = column.protection { isReadable = CanonicalText(field) != nil }
        guard isReadable else {
            throw PipelineError(
                .policy, "column \(column.path) holds no protected values: its type is \(field.typeName)",
                hint: "read it as text or binary, as it was written")
        }
        var bind: [Catalogue.Bound] = []
        if case .randomized(let bound) = column.protection { bind = bound }
        guard let bound = BoundValues(bind, schema: schema) else {
            throw PipelineError(
                .policy,
                "column \(column.path) is bound to \(bind.map(\.name).joined(separator: ", ")), not all of "
                    + "which are there", hint: "read them too")
        }
        let name = isInJSON ? column.path.leafName : field.name
        return Leaf(
            path: column.path, column: column, output: column.field.named(name), bound: bound, isInJSON: isInJSON)
    }

    private static func jsonColumns(_ leaves: [Leaf], _ schema: Schema) -> [JSONColumn] {
        schema.fields.indices.compactMap { position in
            let mine = leaves.indices.filter {
                leaves[$0].isInJSON && leaves[$0].path.column == schema.fields[position].name
            }
            return mine.isEmpty
                ? nil : JSONColumn(position: position, leaves: mine.map { ($0, leaves[$0].path) })
        }
    }

    private static func unreadable(_ path: FieldPath, _ schema: Schema) -> PipelineError {
        let isThere = schema.index(of: path.column) != nil
        return PipelineError(
            .policy, "column \(path) can't be revealed: it is not in the table in that form",
            hint: isThere ? "read \(path.column) as nested data" : schema.columnsHint)
    }
}

extension Catalogue.Protection {
    /// Whether its values are in a vault.
    var isTokenized: Bool { if case .tokenized = self { true } else { false } }

    /// Whether values can be had again.
    package var isReversible: Bool {
        switch self {
        case .randomized, .deterministic, .preserveFormat, .tokenized: true
        case .hash, .mask, .redact, .generalize: false
        }
    }
}
