/// What a vault is asked about, or given, in columns that are built once a group.
struct PendingRows {
    /// Where each is in the table.
    private(set) var positions: [Int32] = []
    private(set) var slots: [Int64] = []
    private var texts: [UInt8] = []
    private var ends: [Int] = [0]

    var count: Int { positions.count }

    /// Adds one, with its own copy of the text it is about.
    mutating func append(_ position: Int, slot: Int64, _ text: UnsafeRawBufferPointer) {
        positions.append(Int32(position))
        slots.append(slot)
        unsafe texts.append(contentsOf: text)
        ends.append(texts.count)
    }

    /// The text of one.
    func withText<Result>(_ i: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe texts.withUnsafeBytes { texts in
            try unsafe body(UnsafeRawBufferPointer(rebasing: texts[ends[i]..<ends[i + 1]]))
        }
    }

    /// The bytes of one's text.
    func byteCount(_ i: Int) -> Int { ends[i + 1] - ends[i] }

    /// Those that `isIncluded` says yes to.
    func filtered(_ isIncluded: (Int) -> Bool) -> PendingRows {
        var rows = PendingRows()
        for i in 0..<count where isIncluded(i) {
            unsafe withText(i) { text in unsafe rows.append(Int(positions[i]), slot: slots[i], text) }
        }
        return rows
    }
}

extension RecordBatch {
    /// A batch of `columns`, all as long as each other.
    convenience init(_ columns: [Column]) {
        self.init(schema: Schema(columns.map(\.field)), rowCount: columns.first?.length ?? 0, columns: columns)
    }
}

extension Column {
    /// A column of numbers.
    static func numbers(_ name: String, _ values: some Collection<Int64>) -> Column {
        var builder = FixedBuilder(field: Field(name, .int64), rows: values.count)
        for value in values {
            var bytes = value.littleEndian
            unsafe withUnsafeBytes(of: &bytes) { bytes in _ = unsafe builder.append(bytes) }
        }
        return builder.finish()
    }

    /// A column of texts.
    static func texts(_ name: String, _ values: [String]) throws -> Column {
        let total = values.reduce(0) { $0 + $1.utf8.count }
        var builder = try VariableBuilder(field: Field(name, .utf8), rows: values.count, byteCapacity: total)
        for value in values { unsafe Array(value.utf8).withUnsafeBytes { unsafe builder.append($0) } }
        return try builder.finish()
    }

    /// A column of indexes, as bytes.
    static func indexes(_ values: some Collection<TokenIndex>) throws -> Column {
        var builder = try VariableBuilder(
            field: Field("idx", .binary), rows: values.count, byteCapacity: values.count * 16)
        for index in values { unsafe builder.append(count: 16) { unsafe index.store(to: $0) } }
        return try builder.finish()
    }

    /// The number in row `i` of a column that came from a vault; nil where it is none.
    func number(at i: Int) -> Int64? {
        guard field.type == .int64, !isNull(i) else { return nil }
        return Int64(littleEndian: unsafe values.bytes(at: i).loadUnaligned(as: Int64.self))
    }
}
