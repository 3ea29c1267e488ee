extension RecordBatch {
    /// One row of texts, named by their position: the parameters of a statement.
    convenience init(texts: [String?]) throws {
        var columns: [Column] = []
        for (index, text) in texts.enumerated() {
            var builder = try VariableBuilder(
                field: Field("\(index)", .utf8), rows: 1, byteCapacity: text?.utf8.count ?? 0)
            if var text {
                text.withUTF8 { bytes in unsafe builder.append(UnsafeRawBufferPointer(bytes)) }
            } else {
                builder.appendNull()
            }
            columns.append(try builder.finish())
        }
        self.init(schema: Schema(columns.map(\.field)), rowCount: 1, columns: columns)
    }
}
