/// Turns a leaf's values into what the destination gets: synchronous, for a column at once, from any thread.
protocol Protection: Sendable {
    /// The protected column, as long as `column`; nil where it is dropped. Elements that no row refers to become null.
    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column?
}

/// What the protections of one batch share.
struct ProtectedBatch: Sendable {
    let batch: RecordBatch
    /// Rows of the source before this batch, for errors.
    let firstRow: Int
    /// The keys of its tenants, by the position of their group.
    let tenants: [Int: Tenants.Resolved]
    /// Its columns of tokens, by their position among those that change.
    var tokens: [Int: Column] = [:]
}

/// Left out of the destination.
struct Drop: Protection {
    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) -> Column? { nil }
}
