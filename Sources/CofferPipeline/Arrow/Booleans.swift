/// The engine, asked to lose no type, writes booleans as `arrow.bool8`: whole bytes. Here they become Arrow's own.
extension Field {
    private var isByteBoolean: Bool { type == .int8 && extensionName == "arrow.bool8" }

    /// The same with `arrow.bool8` as booleans, at any depth.
    var withPlainBooleans: Field {
        if isByteBoolean {
            return Field(
                name, .bool, isNullable: isNullable,
                metadata: metadata.filter { !$0.name.hasPrefix("ARROW:extension:") })
        }
        return children.isEmpty ? self : with(children: children.map(\.withPlainBooleans))
    }
}

extension Column {
    /// The same with `arrow.bool8` as booleans, at any depth. Other columns are passed on as they are.
    func withPlainBooleans(_ field: Field) -> Column {
        if self.field == field { return self }
        guard field.type == .bool, self.field.type == .int8 else {
            let children = zip(children, field.children).map { $0.withPlainBooleans($1) }
            return unsafe Column(
                field: field, length: length, offset: offset, nullCount: nullCount, buffers: buffers,
                children: children, dictionary: dictionary, owner: owner)
        }
        var builder = FixedBuilder(field: field, rows: length)
        let values = values
        let truth: (UInt8, UInt8) = (0, 1)
        unsafe withUnsafeBytes(of: truth) { truth in
            for i in 0..<length {
                if isNull(i) {
                    builder.appendNull()
                } else {
                    let isTrue = unsafe values.bytes(at: i)[0] != 0
                    _ = unsafe builder.append(UnsafeRawBufferPointer(rebasing: isTrue ? truth[1...] : truth[..<1]))
                }
            }
        }
        return builder.finish()
    }
}

extension Schema {
    /// The same with `arrow.bool8` as booleans.
    var withPlainBooleans: Schema { Schema(fields.map(\.withPlainBooleans), metadata: metadata) }
}
