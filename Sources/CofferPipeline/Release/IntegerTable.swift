/// Numbers in the order in which they were first seen.
struct IntegerTable: Sendable {
    private var keys: [UInt64] = []
    private var slots: [UInt32]
    private var mask: Int
    private static let empty = UInt32.max

    init(capacity: Int = 0) {
        var size = 64
        while size < capacity * 2 { size *= 2 }
        slots = [UInt32](repeating: Self.empty, count: size)
        mask = size - 1
        keys.reserveCapacity(capacity)
    }

    var count: Int { keys.count }

    /// The place of `key`, at the end where it is new.
    @inline(__always)
    mutating func insert(_ key: UInt64) -> UInt32 {
        var slot = Self.hash(key) & mask
        while slots[slot] != Self.empty {
            if keys[Int(slots[slot])] == key { return slots[slot] }
            slot = (slot + 1) & mask
        }
        let place = UInt32(keys.count)
        slots[slot] = place
        keys.append(key)
        if keys.count * 2 > mask { grow() }
        return place
    }

    /// The place of `key`; nil where it was never seen.
    @inline(__always)
    func find(_ key: UInt64) -> UInt32? {
        var slot = Self.hash(key) & mask
        while slots[slot] != Self.empty {
            if keys[Int(slots[slot])] == key { return slots[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func grow() {
        mask = (mask + 1) * 2 - 1
        slots = [UInt32](repeating: Self.empty, count: mask + 1)
        for (place, key) in keys.enumerated() {
            var slot = Self.hash(key) & mask
            while slots[slot] != Self.empty { slot = (slot + 1) & mask }
            slots[slot] = UInt32(place)
        }
    }

    /// The finalizer of SplitMix64: neighbours end far from each other.
    @inline(__always)
    private static func hash(_ key: UInt64) -> Int {
        var hash = (key ^ key >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return Int(truncatingIfNeeded: hash ^ hash >> 31)
    }
}

/// Gives each combination of codes a number, and finds it again.
struct Combinations: Sendable {
    /// Columns whose codes, with the number of the combination of all columns before, fit into 64 bits.
    private let parts: [Range<Int>]
    private let cardinalities: [Int]
    private var tables: [IntegerTable] = []

    /// Numbers the combinations that stand in `codes`, column by column; `ids` gets the number of each row's.
    init(_ codes: [[UInt32]], cardinalities: [Int], rows: Int, ids: inout [UInt32]) {
        self.cardinalities = cardinalities
        var parts: [Range<Int>] = []
        var (start, product) = (0, 1)
        for (column, cardinality) in cardinalities.enumerated() {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(1, cardinality))
            if overflow {
                parts.append(start..<column)
                (start, product) = (column, Int(UInt32.max) * max(1, cardinality))
            } else {
                product = next
            }
        }
        parts.append(start..<cardinalities.count)
        self.parts = parts
        ids = [UInt32](repeating: 0, count: rows)
        for part in parts {
            var table = IntegerTable(capacity: min(rows, 1 << 16))
            var keys = ids.map { UInt64($0) }
            for column in part where cardinalities[column] > 1 {
                let scale = UInt64(cardinalities[column])
                let column = codes[column]
                for row in 0..<rows { keys[row] = keys[row] &* scale &+ UInt64(column[row]) }
            }
            for row in 0..<rows { ids[row] = table.insert(keys[row]) }
            tables.append(table)
        }
    }

    /// How many there are.
    var count: Int { tables.last?.count ?? 0 }

    /// The number of a combination; nil where it was never seen. Cheap: no allocation.
    func find(_ codes: [UInt32]) -> UInt32? {
        var id: UInt32 = 0
        for (part, table) in zip(parts, tables) {
            var key = UInt64(id)
            for column in part where cardinalities[column] > 1 {
                key = key &* UInt64(cardinalities[column]) &+ UInt64(codes[column])
            }
            guard let found = table.find(key) else { return nil }
            id = found
        }
        return id
    }
}
