/// Rows in columns. Immutable; shared by reference.
public final class RecordBatch: Sendable {
    /// Its columns' names and types.
    public let schema: Schema
    /// Its rows.
    public let rowCount: Int
    /// Its columns, each `rowCount` long.
    public let columns: [Column]

    /// Puts columns of `rowCount` rows together.
    package init(schema: Schema, rowCount: Int, columns: [Column]) {
        self.schema = schema
        self.rowCount = rowCount
        self.columns = columns
    }
}

/// Batches of one schema, one after the other.
///
/// `next()` blocks and is called by one thread at a time, though not always the same one.
public protocol BatchStream: AnyObject, Sendable {
    /// What every batch looks like.
    var schema: Schema { get }
    /// The next batch; nil after the last.
    func next() throws -> RecordBatch?
}
