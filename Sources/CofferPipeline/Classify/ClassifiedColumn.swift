/// A column, or a path within a column of JSON texts, and what was found there.
package struct ClassifiedColumn: Sendable {
    /// The column or leaf, as a policy names it.
    package let path: FieldPath
    /// Where in a JSON text: `user.email`; nil for the column itself.
    package let jsonPath: String?
    /// Its type in words.
    package let type: String
    /// Values that are there.
    package let values: Int
    /// Those that are not.
    package let nulls: Int
    /// What it is, the surest first.
    package let classifications: [Classification]
    let field: Field

    /// Its name for people.
    package var name: String { jsonPath.map { "\(path) → \($0)" } ?? path.description }

    /// Whether something was found that should not be kept in the clear.
    package var isSensitive: Bool { classifications.contains(where: \.isSensitive) }
}

/// What was found in a source.
package struct ClassifyResult: Sendable {
    /// Every column, in the source's order; paths of JSON columns follow their column where something was found.
    package let columns: [ClassifiedColumn]
    /// Rows looked at.
    package let rows: Int
    /// Rows read for that.
    package let read: Int
    /// Whether these are all rows.
    package let isWhole: Bool
    /// The source, for people.
    package let location: String
    /// The dataset's name.
    package let name: String?
    /// Columns of CSV whose texts are all dates, and take that type.
    package let dates: Set<String>

    /// What to do with each column that a policy names: the leaves, not the paths in JSON.
    package var suggestions: [(column: ClassifiedColumn, suggestion: SuggestedProtection)] {
        columns.filter { $0.jsonPath == nil }.map { column in
            let below = columns.filter { $0.path == column.path && $0.jsonPath != nil }
            return (
                column, SuggestedProtection(column, documents: below, isDate: dates.contains(column.path.description))
            )
        }
    }
}
