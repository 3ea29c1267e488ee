/// What values of a domain are looked up by: 16 bytes of a MAC.
struct TokenIndex: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(_ digest: UnsafeRawPointer) {
        high = unsafe digest.loadUnaligned(as: UInt64.self)
        low = unsafe digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    func store(to target: UnsafeMutableRawPointer) {
        unsafe target.storeBytes(of: high, as: UInt64.self)
        unsafe target.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
    }
}

/// What is known of a domain in this run: byte strings (tokens, or values) by index, in memory of a bounded size.
///
/// Entries have positions. The table forgets all of them at once, between two groups of batches and never within one.
struct TokenTable {
    /// Entries after which the next group begins with an empty table.
    let capacity: Int
    private var indexes: [TokenIndex] = []
    /// Where an entry's bytes are; a negative count where nobody knows yet, or there are none.
    private var spans: [(start: Int, count: Int32)] = []
    private var bytes: [UInt8] = []
    /// Open addressing: position + 1, or 0. A power of two, at most half full.
    private var buckets: [Int32]

    /// What an entry of bytes costs beside its index, for the bound on memory.
    private static let byteCapacity = 256 << 20

    init(capacity: Int) {
        self.capacity = capacity
        buckets = [Int32](repeating: 0, count: 1 << 12)
    }

    var count: Int { indexes.count }

    /// Forgets everything where it has outgrown its bounds, or `always`.
    mutating func trim(always: Bool = false) {
        guard always || count > capacity || bytes.count > Self.byteCapacity else { return }
        self = TokenTable(capacity: capacity)
    }

    /// The entry of `index`; where there is none, a new one without bytes.
    mutating func position(of index: TokenIndex) -> (position: Int, isNew: Bool) {
        var at = Int(truncatingIfNeeded: index.low) & (buckets.count - 1)
        while buckets[at] != 0 {
            let position = Int(buckets[at]) - 1
            if indexes[position] == index { return (position, false) }
            at = (at + 1) & (buckets.count - 1)
        }
        buckets[at] = Int32(count + 1)
        let position = append(index)
        if count * 2 > buckets.count { grow() }
        return (position, true)
    }

    /// A new entry that nobody will look up.
    mutating func append(_ index: TokenIndex) -> Int {
        indexes.append(index)
        spans.append((0, -1))
        return count - 1
    }

    private mutating func grow() {
        buckets = [Int32](repeating: 0, count: buckets.count * 4)
        for (position, index) in indexes.enumerated() {
            var at = Int(truncatingIfNeeded: index.low) & (buckets.count - 1)
            while buckets[at] != 0 { at = (at + 1) & (buckets.count - 1) }
            buckets[at] = Int32(position + 1)
        }
    }

    func index(at position: Int) -> TokenIndex { indexes[position] }

    /// Whether the entry has bytes.
    func isKnown(_ position: Int) -> Bool { spans[position].count >= 0 }

    /// Gives an entry its bytes.
    mutating func set(_ position: Int, _ value: UnsafeRawBufferPointer) {
        spans[position] = (bytes.count, Int32(value.count))
        unsafe bytes.append(contentsOf: value)
    }

    /// The bytes of an entry; nil where it has none.
    func withBytes<Result>(at position: Int, _ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result {
        let span = spans[position]
        guard span.count >= 0 else { return try body(nil) }
        return try unsafe bytes.withUnsafeBytes { bytes in
            try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[span.start..<span.start + Int(span.count)]))
        }
    }
}
