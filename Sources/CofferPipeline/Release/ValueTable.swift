#if canImport(Glibc)
    import Glibc
#endif

/// Values as byte strings, each with a code in the order in which it was first seen. Null is a value of its own.
struct ValueTable: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var slots = [UInt32](repeating: empty, count: 64)
    private var null: UInt32?
    private static let empty = UInt32.max

    var count: Int { ends.count }

    /// The code of `value`, a new one where it was never seen; nil is null.
    mutating func code(_ value: UnsafeRawBufferPointer?) -> UInt32 {
        if let found = unsafe find(value) { return found }
        let code = UInt32(ends.count)
        guard let value = unsafe value else {
            ends.append(bytes.count)
            null = code
            return code
        }
        unsafe bytes.append(contentsOf: value)
        ends.append(bytes.count)
        if ends.count * 2 > slots.count {
            slots = [UInt32](repeating: Self.empty, count: slots.count * 2)
            for code in 0..<UInt32(ends.count) where code != null { unsafe withBytes(code) { unsafe place(code, $0) } }
        } else {
            unsafe place(code, value)
        }
        return code
    }

    private mutating func place(_ code: UInt32, _ value: UnsafeRawBufferPointer) {
        var slot = unsafe Self.hash(value) & (slots.count - 1)
        while slots[slot] != Self.empty { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = code
    }

    /// The code of `value`; nil where it was never seen.
    func find(_ value: UnsafeRawBufferPointer?) -> UInt32? {
        guard let value = unsafe value else { return null }
        var slot = unsafe Self.hash(value) & (slots.count - 1)
        while slots[slot] != Self.empty {
            let code = slots[slot]
            let isEqual = unsafe withBytes(code) { other in
                guard other.count == value.count else { return false }
                guard let a = other.baseAddress, let b = value.baseAddress else { return true }
                return unsafe memcmp(a, b, value.count) == 0
            }
            if isEqual { return code }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The value of a code; nil is null.
    func value(_ code: UInt32) -> [UInt8]? {
        code == null ? nil : Array(bytes[range(code)])
    }

    private func range(_ code: UInt32) -> Range<Int> { (code == 0 ? 0 : ends[Int(code) - 1])..<ends[Int(code)] }

    private func withBytes<T>(_ code: UInt32, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        let range = range(code)
        return unsafe bytes.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Seeded anew in each process: nobody can fill one slot on purpose.
    private static func hash(_ value: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: value)
        return hasher.finalize()
    }

    /// The same values in the order of `places`, which names a new code for each old one.
    func sorted(by isBefore: ([UInt8]?, [UInt8]?) -> Bool) -> (ValueTable, places: [UInt32]) {
        let values = (0..<UInt32(count)).map { value($0) }
        let order = values.indices.sorted { isBefore(values[$0], values[$1]) }
        var (table, places) = (ValueTable(), [UInt32](repeating: 0, count: count))
        for old in order {
            places[old] =
                if let value = values[old] { unsafe value.withUnsafeBytes { unsafe table.code($0) } } else {
                    unsafe table.code(nil)
                }
        }
        return (table, places)
    }

    /// The order of bytes, null first.
    static func byBytes(_ a: [UInt8]?, _ b: [UInt8]?) -> Bool {
        guard let b else { return false }
        return a?.lexicographicallyPrecedes(b) ?? true
    }
}
