/// Measures how easily the rows of a table, protected or not, can be told apart.
package struct RiskRun: Sendable {
    /// What is read.
    package let table: ProtectedTable
    /// The columns by which somebody might find a person.
    package let quasi: [String]
    /// Columns that nobody may learn about a person.
    package let sensitive: [String]
    /// How far two values of a sensitive column are from each other.
    package var distance = SensitiveRule.Distance.equal
    private let connectors: Connectors
    private let cancellation: Cancellation

    /// A look at `table`.
    package init(
        _ table: ProtectedTable, quasi: [String], sensitive: [String], connectors: Connectors,
        cancellation: Cancellation
    ) {
        (self.table, self.quasi, self.sensitive) = (table, quasi, sensitive)
        (self.connectors, self.cancellation) = (connectors, cancellation)
    }

    /// Reads the table once. Without sensitive columns nothing but the sizes of classes leaves the engine.
    package func measure() throws -> RiskFigures {
        let source = try connectors.source(place)
        cancellation.onCancel { source.cancel() }
        let columns = Set(quasi + sensitive)
        let schema = try source.describe(Selection(textColumns: columns))
        for column in quasi + sensitive { try schema.require(column, for: "--quasi or --sensitive") }
        guard !sensitive.isEmpty else {
            var sizes: [(rows: Int, classes: Int)] = []
            try source.counted(
                "SELECT n, CAST(count(*) AS BIGINT) FROM (SELECT CAST(count(*) AS BIGINT) AS n FROM",
                "GROUP BY \(SQL.names(quasi))) GROUP BY n",
                columns: quasi, textColumns: columns, engine: connectors.engine, cancellation
            ) { batch in
                for i in 0..<batch.rowCount {
                    let pair = batch.columns.map { column in
                        Int(unsafe Int64(littleEndian: column.values.bytes(at: i).loadUnaligned(as: Int64.self)))
                    }
                    sizes.append((pair[0], pair[1]))
                }
            }
            return RiskFigures(sizes)
        }
        let table = try CountedTable(
            source, quasi, sensitive: sensitive, textColumns: columns, engine: connectors.engine,
            cancellation)
        return RiskFigures(table.classes, zip(sensitive, table.cardinalities).map { ($0, $1, distance) })
    }

    /// The table, in whatever form it is: others than Coffer may have written it.
    private var place: SourceSpecification.Place {
        guard case .files(var files) = table.source else { return table.source }
        files.isOwn = false
        return .files(files)
    }
}
