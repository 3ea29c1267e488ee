/// The first characters of a text: of a ZIP code, for one. A shorter text can't be taken.
struct GeneralizePrefix: Protection {
    let output: Field
    let count: Int
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * count) { text, _, builder in
            var (at, scalars) = (0, 0)
            while at < text.count, scalars < count {
                at += 1
                // Continuation bytes belong to the scalar before them.
                while at < text.count, unsafe text[at] & 0xc0 == 0x80 { at += 1 }
                scalars += 1
            }
            guard scalars == count else { return false }
            unsafe builder.append(UnsafeRawBufferPointer(rebasing: text[..<at]))
            return true
        }
    }
}

/// A value's category, by its canonical text.
struct GeneralizeCategories: Protection {
    let output: Field
    let canonical: CanonicalText
    let table: ByteTable
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        return try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 12) {
            value, _, builder in
            guard let category = unsafe table.find(canonical.write(value, scratch.start)) else { return false }
            unsafe builder.append(category)
            return true
        }
    }
}

/// Categories by values' bytes, found without making anything. The values come from the policy, so nobody can fill one slot
/// with them on purpose.
@safe final class ByteTable: @unchecked Sendable {
    private let bytes: Buffer
    /// For each slot the place of a key and its category in `bytes`; a key of -1 bytes where it is empty.
    private let slots: [(key: Int, keyCount: Int, value: Int, valueCount: Int)]
    private let mask: Int
    private let other: (at: Int, count: Int)?

    init(_ categories: Generalization.Categories) {
        var all: [UInt8] = []
        var size = 16
        while size < categories.table.count * 2 { size *= 2 }
        mask = size - 1
        var slots = [(key: Int, keyCount: Int, value: Int, valueCount: Int)](repeating: (0, -1, 0, 0), count: size)
        func add(_ text: String) -> (at: Int, count: Int) {
            let at = all.count
            all += Array(text.utf8)
            return (at, all.count - at)
        }
        var places: [String: (at: Int, count: Int)] = [:]
        for (value, category) in categories.table {
            let key = add(value)
            let place = places[category] ?? add(category)
            places[category] = place
            var slot = unsafe all[key.at..<key.at + key.count].withUnsafeBytes { unsafe Self.hash($0) } & (size - 1)
            while slots[slot].keyCount >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = (key.at, key.count, place.at, place.count)
        }
        other = categories.other.map(add)
        self.slots = slots
        bytes = Buffer(byteCount: all.count)
        unsafe all.withUnsafeBytes { all in
            if let start = all.baseAddress { unsafe bytes.start.copyMemory(from: start, byteCount: all.count) }
        }
    }

    /// The category of `value`; that of all others where it is not in the table.
    @inline(__always)
    func find(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var slot = unsafe Self.hash(value) & mask
        while slots[slot].keyCount >= 0 {
            let found = slots[slot]
            if found.keyCount == value.count, unsafe isEqual(value, at: found.key) {
                return unsafe UnsafeRawBufferPointer(start: bytes.start + found.value, count: found.valueCount)
            }
            slot = (slot + 1) & mask
        }
        return unsafe other.map { unsafe UnsafeRawBufferPointer(start: bytes.start + $0.at, count: $0.count) }
    }

    @inline(__always)
    private func isEqual(_ value: UnsafeRawBufferPointer, at: Int) -> Bool {
        for i in 0..<value.count
        where unsafe value[i] != bytes.start.load(fromByteOffset: at + i, as: UInt8.self) { return false }
        return true
    }

    @inline(__always)
    private static func hash(_ value: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(value.count)
        for i in value.indices {
            hash = unsafe (hash ^ UInt64(value[i])) &* 0x0000_0100_0000_01b3
        }
        return Int(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
