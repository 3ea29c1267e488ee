import CArrow

/// Owns an `ArrowArray` that came over the C data interface; releases it with the last column that borrows from it.
@safe final class ImportedArray: @unchecked Sendable {
    private var array: ArrowArray

    /// Takes over `array`, whose release callback will be called here.
    init(taking array: inout ArrowArray) {
        unsafe self.array = unsafe array
        unsafe array.release = nil
    }

    deinit {
        if let release = unsafe array.release { unsafe release(&array) }
    }

    /// The batch of the struct array, checked against `schema`.
    func batch(of schema: Schema) throws(PipelineError) -> RecordBatch {
        let (length, offset) = unsafe (Int(array.length), Int(array.offset))
        guard length >= 0, offset >= 0, unsafe Int(array.n_children) == schema.fields.count else {
            throw Self.malformed
        }
        var columns: [Column] = []
        columns.reserveCapacity(schema.fields.count)
        for (i, field) in schema.fields.enumerated() {
            guard let child = unsafe array.children?[i]?.pointee else { throw Self.malformed }
            let column = try unsafe node(child, field)
            guard column.length >= offset + length else { throw Self.malformed }
            columns.append(column.sliced(from: offset, count: length))
        }
        return RecordBatch(schema: schema, rowCount: length, columns: columns)
    }

    static let malformed = PipelineError(.source, "the driver handed over a malformed record batch")

    /// How many buffers a type has in the C data interface; nil where any number may be right.
    private static func bufferCount(_ type: ArrowType) -> Int? {
        switch type {
        case .null: 0
        case .structure, .fixedList: 1
        case .utf8, .binary, .largeUtf8, .largeBinary: 3
        case .utf8View, .binaryView, .other: nil
        default: 2
        }
    }

    private func node(_ raw: ArrowArray, _ field: Field) throws(PipelineError) -> Column {
        let (length, offset) = unsafe (Int(raw.length), Int(raw.offset))
        let (bufferCount, childCount) = unsafe (Int(raw.n_buffers), Int(raw.n_children))
        guard length >= 0, offset >= 0, !length.addingReportingOverflow(offset).overflow, bufferCount >= 0,
            childCount == field.children.count
        else { throw Self.malformed }
        if let expected = Self.bufferCount(field.type), expected != bufferCount { throw Self.malformed }
        var buffers: [UnsafeRawPointer?] = unsafe []
        for i in 0..<bufferCount { unsafe buffers.append(raw.buffers?[i]) }
        var children: [Column] = []
        for (i, child) in field.children.enumerated() {
            guard let below = unsafe raw.children?[i]?.pointee else { throw Self.malformed }
            children.append(try unsafe node(below, child))
        }
        var dictionary: Column?
        if let values = field.dictionary.first {
            guard let below = unsafe raw.dictionary?.pointee else { throw Self.malformed }
            dictionary = try unsafe node(below, values)
        }
        return unsafe Column(
            field: field, length: length, offset: offset, nullCount: Int(raw.null_count), buffers: buffers,
            children: children, dictionary: dictionary, owner: self)
    }
}
