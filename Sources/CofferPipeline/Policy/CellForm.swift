/// How a protected value is written at a destination.
package enum CellForm: Sendable, Hashable {
    /// Bytes as they are: databases, Parquet.
    case binary
    /// Base64url without padding: CSV, JSONL.
    case text
    /// Bytes in columns of their own, base64url inside nested data: databases that keep nested data as JSON.
    case binaryTextNested
}
