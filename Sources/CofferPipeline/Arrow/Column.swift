/// A column of a batch, or a node inside a nested one: buffers as Arrow lays them out, and whoever owns them.
///
/// Buffers are borrowed from an imported batch or held by ``Buffer``s; `owner` keeps them alive. Immutable.
@safe public final class Column: @unchecked Sendable {
    /// Its name and type.
    public let field: Field
    /// Rows (elements, for a node inside a list).
    public let length: Int
    /// Elements of the buffers before the first row.
    public let offset: Int
    /// Nulls among the rows; -1 where nobody counted.
    public let nullCount: Int
    /// Nodes below: fields of a struct, the element of a list. They are not sliced with their parent.
    public let children: [Column]
    /// The values of a dictionary-encoded column.
    public let dictionary: Column?
    let buffers: [UnsafeRawPointer?]
    /// Keeps the buffers alive.
    let owner: AnyObject?

    init(
        field: Field, length: Int, offset: Int = 0, nullCount: Int = -1, buffers: [UnsafeRawPointer?],
        children: [Column] = [], dictionary: Column? = nil, owner: AnyObject?
    ) {
        self.field = field
        self.length = length
        self.offset = offset
        self.nullCount = nullCount
        unsafe self.buffers = unsafe buffers
        self.children = children
        self.dictionary = dictionary
        self.owner = owner
    }

    /// The validity bitmap, which begins `offset` bits before the first row; nil where nothing is null.
    var validity: UnsafeRawPointer? {
        guard nullCount != 0, let first = unsafe buffers.first else { return nil }
        return unsafe first
    }

    /// Whether row `i` is null (for a dictionary-encoded column also where its entry is).
    public func isNull(_ i: Int) -> Bool {
        if field.type == .null { return true }
        if let validity = unsafe validity, unsafe !Bits.isSet(validity, offset + i) { return true }
        guard let dictionary else { return false }
        return dictionary.isNull(values.dictionaryIndex(i))
    }

    /// `count` rows from `start` on, without copying.
    func sliced(from start: Int, count: Int) -> Column {
        if start == 0 && count == length { return self }
        precondition(start >= 0 && count >= 0 && start + count <= length, "a slice lies within its column")
        return unsafe Column(
            field: field, length: count, offset: offset + start, nullCount: nullCount == 0 ? 0 : -1, buffers: buffers,
            children: children, dictionary: dictionary, owner: owner)
    }

    /// The same column under another field (of the same layout).
    func with(field: Field) -> Column {
        unsafe Column(
            field: field, length: length, offset: offset, nullCount: nullCount, buffers: buffers, children: children,
            dictionary: dictionary, owner: owner)
    }

    /// The values of a leaf. Cheap to make: one a column and batch.
    var values: LeafValues { LeafValues(self) }
}
