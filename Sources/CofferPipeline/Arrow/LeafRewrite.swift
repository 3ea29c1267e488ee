/// Which row of the batch each element of a leaf belongs to; nil for a top-level leaf, where they are the same.
///
/// -1 stands for an element that no row refers to (below a null list, outside a slice).
struct RowIndex: Sendable {
    let rows: [Int32]?

    func row(of element: Int) -> Int { rows.map { Int($0[element]) } ?? element }
}

extension RecordBatch {
    /// The batch with the leaves at `paths` replaced by what `replace` makes of them, nested columns rebuilt around them;
    /// a leaf replaced by nil is dropped. Everything else is shared, not copied.
    ///
    /// `replace` is given the position in `paths`, the leaf, and the rows its elements belong to. A struct that
    /// loses all its fields, and a list that loses its element, go with them.
    func replacing(
        _ paths: [FieldPath], schema: Schema, with replace: (Int, Column, RowIndex) throws -> Column?
    ) throws -> RecordBatch {
        var columns: [Column] = []
        columns.reserveCapacity(schema.fields.count)
        for column in self.columns {
            let mine = paths.indices.filter { paths[$0].column == column.field.name }
            if mine.isEmpty {
                columns.append(column)
                continue
            }
            let targets = mine.map { (index: $0, steps: paths[$0].steps[...]) }
            if let replaced = try column.replacing(targets, RowIndex(rows: nil), replace) { columns.append(replaced) }
        }
        return RecordBatch(schema: schema, rowCount: rowCount, columns: columns)
    }
}

extension Column {
    typealias Target = (index: Int, steps: ArraySlice<FieldPath.Step>)

    fileprivate func replacing(
        _ targets: [Target], _ rows: RowIndex, _ replace: (Int, Column, RowIndex) throws -> Column?
    ) throws -> Column? {
        if let whole = targets.first(where: { $0.steps.isEmpty }) { return try replace(whole.index, self, rows) }
        switch field.type {
        case .structure: return try structure(targets, rows, replace)
        case .list, .largeList, .fixedList, .map: return try list(targets, rows, replace)
        default: throw PipelineError(.policy, "column \(field.name) has no parts to name")
        }
    }

    /// A struct begins at offset 0 afterwards, its fields sliced to fit.
    private func structure(
        _ targets: [Target], _ rows: RowIndex, _ replace: (Int, Column, RowIndex) throws -> Column?
    ) throws -> Column? {
        var kept: [Column] = []
        for child in children {
            let fitted = child.sliced(from: offset, count: length)
            let below = targets.filter { $0.steps.first == .field(child.field.name) }
                .map { (index: $0.index, steps: $0.steps.dropFirst()) }
            if below.isEmpty {
                kept.append(fitted)
            } else if let replaced = try fitted.replacing(below, rows, replace) {
                kept.append(replaced)
            }
        }
        if kept.isEmpty { return nil }
        let moved = unsafe offset == 0 ? nil : validity.map { unsafe Bits.shifted($0, from: offset, count: length) }
        let bits = unsafe moved.map { unsafe UnsafeRawPointer($0.start) } ?? validity
        return unsafe Column(
            field: field.with(children: kept.map(\.field)), length: length, nullCount: nullCount, buffers: [bits],
            children: kept, owner: OwnedPair(owner, moved))
    }

    /// Lists and maps keep their offsets; the element is replaced over its whole length.
    private func list(
        _ targets: [Target], _ rows: RowIndex, _ replace: (Int, Column, RowIndex) throws -> Column?
    ) throws -> Column? {
        guard let element = children.first else { return self }
        let below = RowIndex(rows: elementRows(rows, count: element.length))
        let replaced: Column?
        if case .map = field.type {
            // The entries are a struct of key and value; name them by what they are.
            let names = element.children.map(\.field.name)
            let renamed = targets.map { target in
                let at = target.steps.first == .keys ? 0 : 1
                return (index: target.index, steps: [.field(names[at])] + target.steps.dropFirst())
            }
            replaced = try element.replacing(renamed.map { ($0.index, $0.steps[...]) }, below, replace)
            guard replaced?.children.count == 2 else {
                throw PipelineError(.policy, "column \(field.name): keys or values of a map can't be dropped alone")
            }
        } else {
            replaced = try element.replacing(targets.map { ($0.index, $0.steps.dropFirst()) }, below, replace)
        }
        guard let replaced else { return nil }
        return unsafe Column(
            field: field.with(children: [replaced.field]), length: length, offset: offset, nullCount: nullCount,
            buffers: buffers, children: [replaced], owner: owner)
    }

    /// For each element the row it belongs to.
    private func elementRows(_ rows: RowIndex, count: Int) -> [Int32] {
        var result = [Int32](repeating: -1, count: count)
        for i in 0..<length where !isNull(i) {
            let range = elementRange(i)
            let row = Int32(rows.row(of: i))
            for j in range.clamped(to: 0..<count) { result[j] = row }
        }
        return result
    }

    /// The elements of list `i`.
    private func elementRange(_ i: Int) -> Range<Int> {
        let at = offset + i
        if case .fixedList(let size) = field.type { return at * size..<(at + 1) * size }
        guard let offsets = unsafe buffers[1] else { return 0..<0 }
        if field.type == .largeList {
            let from = Int(unsafe offsets.load(fromByteOffset: at * 8, as: Int64.self))
            return from..<max(from, Int(unsafe offsets.load(fromByteOffset: at * 8 + 8, as: Int64.self)))
        }
        let from = Int(unsafe offsets.load(fromByteOffset: at * 4, as: Int32.self))
        return from..<max(from, Int(unsafe offsets.load(fromByteOffset: at * 4 + 4, as: Int32.self)))
    }
}

/// Keeps two owners alive as one.
final class OwnedPair: @unchecked Sendable {
    private let first: AnyObject?
    private let second: AnyObject?
    init(_ first: AnyObject?, _ second: AnyObject?) { (self.first, self.second) = (first, second) }
}
