/// Values of a column as the bytes by which a release tells them apart, whatever the column's layout: their canonical text, or
/// themselves where they have none.
struct CellBytes: Sendable {
    private let canonical: CanonicalText?
    private let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)

    init(_ field: Field) { canonical = CanonicalText(field) }

    /// Calls `body` with each row's bytes, nil for null.
    func forEach(_ column: Column, _ body: (Int, UnsafeRawBufferPointer?) throws -> Void) rethrows {
        let values = column.values
        for i in 0..<column.length {
            if column.isNull(i) {
                try body(i, nil)
            } else if let canonical {
                try unsafe body(i, canonical.write(values.bytes(at: i), scratch.start))
            } else {
                try unsafe body(i, values.bytes(at: i))
            }
        }
    }
}

extension LevelTable {
    /// The levels of `ladder` over the values of a column, by what a run would write; with the code that level 0 gives each
    /// value.
    static func make(
        _ quasi: ReleaseRule.Quasi, _ field: Field, _ values: ValueTable
    ) throws -> (LevelTable, places: [UInt32]) {
        let column = try Column.of(values, field)
        let batch = RecordBatch(schema: Schema([field]), rowCount: column.length, columns: [column])
        var (tables, codes): ([ValueTable], [[UInt32]]) = ([], [])
        for level in 0..<quasi.ladder.levelCount {
            let written = try quasi.written(batch, level)
            var (table, row) = (ValueTable(), [UInt32]())
            unsafe CellBytes(written.field).forEach(written) { unsafe row.append(table.code($1)) }
            let (sorted, places) = table.sorted(by: ValueTable.byBytes)
            tables.append(sorted)
            codes.append(row.map { places[Int($0)] })
        }
        // From here on a value goes by its code at level 0.
        let places = codes[0]
        var byPlace = codes.map { [UInt32](repeating: 0, count: $0.count) }
        for level in codes.indices {
            for (value, place) in places.enumerated() { byPlace[level][Int(place)] = codes[level][value] }
        }
        let cardinality = tables[0].count
        return (try LevelTable(byPlace.map { Array($0.prefix(cardinality)) }, tables, column: quasi.column), places)
    }
}

extension ReleaseRule.Quasi {
    /// What a run writes of the one column of `batch` at a level.
    fileprivate func written(_ batch: RecordBatch, _ level: Int) throws -> Column {
        let column = batch.columns[0]
        guard let rung = ladder.rung(level) else { return column }
        let path = FieldPath(self.column)
        try rung.check(column.field, path)
        let output = rung.output(of: column.field)
        let leaf = PlannedLeaf(
            path: path, field: column.field, action: .generalize(rung, shift: nil), output: output, isUnlisted: false)
        let protection = rung.protection(leaf, output: output, key: nil, schema: batch.schema)
        let context = ProtectedBatch(batch: batch, firstRow: 0, tenants: [:], tokens: [:])
        do {
            return try protection.protect(column, rows: RowIndex(rows: nil), in: context) ?? column
        } catch let error as PipelineError where error.code == .policy {
            throw PipelineError(
                .policy, "column \(self.column): a value of the table does not fit level \(level) of its ladder",
                hint: "add it to the hierarchy, give groups an other:, or filter or correct such rows in a query:")
        }
    }
}

extension Column {
    /// A column with each value of a table once, by code.
    fileprivate static func of(_ values: ValueTable, _ field: Field) throws -> Column {
        if field.type == .null { return try field.nulls(values.count) }
        if field.type.isVariable {
            var builder = try VariableBuilder(field: field, rows: values.count, byteCapacity: values.count * 12)
            for code in 0..<UInt32(values.count) {
                if let value = values.value(code) {
                    unsafe value.withUnsafeBytes { unsafe builder.append($0) }
                } else {
                    builder.appendNull()
                }
            }
            return try builder.finish()
        }
        guard field.type == .bool || (field.type.fixedWidth ?? 0) > 0 else {
            throw PipelineError(
                .policy, "column \(field.name) is nested, or of a type that can't be a quasi-identifier",
                hint: "cast it to text in a query:")
        }
        var builder = FixedBuilder(field: field, rows: values.count)
        for code in 0..<UInt32(values.count) {
            guard let value = values.value(code), unsafe value.withUnsafeBytes({ unsafe builder.append($0) }) else {
                builder.appendNull()
                continue
            }
        }
        return builder.finish()
    }
}
