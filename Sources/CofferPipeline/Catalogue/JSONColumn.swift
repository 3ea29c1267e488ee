/// Cells inside a column that a database keeps as JSON: taken out as columns of their own, and put back as values.
struct JSONColumn: Sendable {
    /// Its position among the batch's columns.
    let position: Int
    /// The leaves in it, by their position in the plan.
    let leaves: [Int]
    private let tree: JSONWalker.Tree

    init(position: Int, leaves: [(index: Int, path: FieldPath)]) {
        self.position = position
        self.leaves = leaves.map(\.index)
        var tree = JSONWalker.Tree()
        for leaf in leaves { tree.add(leaf.path.steps[...], leaf: leaf.index) }
        self.tree = tree
    }

    /// The cells of one leaf, in the order they stand, and the rows they belong to.
    struct Cells {
        let column: Column
        let rows: RowIndex
    }

    /// The cells by leaf, and the rows whose text is no JSON.
    func cells(_ column: Column) throws -> (cells: [Int: Cells], unreadable: Set<Int>) {
        var texts: [Int: [[UInt8]]] = [:]
        var rows: [Int: [Int32]] = [:]
        var unreadable: Set<Int> = []
        let values = column.values
        for row in 0..<column.length where !column.isNull(row) {
            var found: [(leaf: Int, text: [UInt8])] = []
            do {
                _ = try unsafe JSONWalker.walk(Array(values.bytes(at: row)), tree) { leaf, value in
                    // What is neither text nor number is no cell, and is refused as one that does not open.
                    switch value {
                    case .string(let text): found.append((leaf, JSONText.unescaped(text) ?? []))
                    case .number(let text): found.append((leaf, Array(text)))
                    case .other: found.append((leaf, []))
                    }
                    return nil
                }
            } catch is JSONWalker.Malformed {
                unreadable.insert(row)
                continue
            }
            for (leaf, text) in found {
                texts[leaf, default: []].append(text)
                rows[leaf, default: []].append(Int32(row))
            }
        }
        var cells: [Int: Cells] = [:]
        for leaf in leaves {
            let texts = texts[leaf] ?? []
            var builder = try VariableBuilder(
                field: Field("cell", .utf8), rows: texts.count, byteCapacity: texts.reduce(0) { $0 + $1.count })
            for text in texts { unsafe text.withUnsafeBytes { bytes in unsafe builder.append(bytes) } }
            cells[leaf] = Cells(column: try builder.finish(), rows: RowIndex(rows: rows[leaf] ?? []))
        }
        return (cells, unreadable)
    }

    /// The column with `revealed` values in the places of their cells; null in the rows of `unreadable`.
    func replacing(_ column: Column, _ revealed: [Int: Column], unreadable: Set<Int>) throws -> Column {
        let texts = revealed.mapValues { JSONValueText($0.field) }
        var positions: [Int: Int] = [:]
        let values = column.values
        var builder = try VariableBuilder(
            field: column.field.valueField, rows: column.length, byteCapacity: values.totalBytes(rows: column.length))
        for row in 0..<column.length {
            if column.isNull(row) || unreadable.contains(row) {
                builder.appendNull()
                continue
            }
            let text = try unsafe JSONWalker.walk(Array(values.bytes(at: row)), tree) { leaf, _ in
                let at = positions[leaf, default: 0]
                positions[leaf] = at + 1
                guard let values = revealed[leaf], !values.isNull(at) else { return Array("null".utf8) }
                return texts[leaf]?.text(unsafe Array(values.values.bytes(at: at)))
            }
            unsafe text.withUnsafeBytes { bytes in unsafe builder.append(bytes) }
        }
        return try builder.finish()
    }
}
