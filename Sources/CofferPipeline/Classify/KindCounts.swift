/// How often each entity was seen in a column.
struct KindCounts: Sendable {
    /// For one entity.
    struct Entry: Sendable {
        /// Values that are it, and the sum of their scores.
        var whole = 0
        var wholeScore = 0
        /// Values with it somewhere in them, the places, and the sum of their scores.
        var within = 0
        var places = 0
        var withinScore = 0
        /// Values with its shape whose check digits are wrong.
        var missed = 0
        /// Masked examples with their rows, the first ones.
        var examples: [(row: Int, text: String)] = []
    }

    private(set) var entries: [Entry]
    /// Values that are there.
    private(set) var values = 0
    /// Rows or elements without one.
    private(set) var nulls = 0
    /// The bytes of all values.
    private(set) var bytes = 0

    /// Examples kept of an entity.
    static let examples = 3

    init(kinds: Int) { entries = Array(repeating: Entry(), count: kinds) }

    /// Adds a value that is not looked into.
    mutating func addValue() { values += 1 }

    mutating func addNulls(_ count: Int) { nulls += count }

    /// Adds a value that `scanner` has just looked through; `text` is it.
    mutating func add(_ text: Span<UInt8>, _ scanner: borrowing TextScanner, row: Int, keepsExamples: Bool) {
        values += 1
        bytes += text.count
        if scanner.found.isEmpty && scanner.missed == 0 { return }
        let (start, end) = Self.trimmed(text)
        var wholes: UInt64 = 0
        for found in scanner.found where found.score > 0 && Self.isWhole(found, start, end, text.count) {
            let bit = UInt64(1) << UInt64(found.kind)
            guard wholes & bit == 0 else { continue }
            wholes |= bit
            entries[Int(found.kind)].whole += 1
            entries[Int(found.kind)].wholeScore += found.score
            if keepsExamples { keep(found, text, row) }
        }
        var missed = text.count <= 64 ? scanner.missed & ~wholes : 0
        while missed != 0 {
            entries[missed.trailingZeroBitCount].missed += 1
            missed &= missed - 1
        }
        if wholes == 0 { addWithin(text, scanner.found, row, keepsExamples) }
    }

    private mutating func addWithin(_ text: Span<UInt8>, _ found: [Found], _ row: Int, _ keepsExamples: Bool) {
        var seen: UInt64 = 0
        for one in Found.best(found) where one.score >= 50 {
            let (kind, bit) = (Int(one.kind), UInt64(1) << UInt64(one.kind))
            entries[kind].places += 1
            entries[kind].withinScore += one.score
            if seen & bit == 0 { entries[kind].within += 1 }
            seen |= bit
            if keepsExamples { keep(one, text, row) }
        }
    }

    private static func trimmed(_ text: Span<UInt8>) -> (start: Int, end: Int) {
        var (start, end) = (0, text.count)
        while start < end, text[start] <= 0x20 || text[start] == 0x22 { start += 1 }
        while end > start, text[end - 1] <= 0x20 || text[end - 1] == 0x22 { end -= 1 }
        return (start, end)
    }

    /// Whether what was found is all of the value; an address of one line may have a town behind its street.
    private static func isWhole(_ found: Found, _ start: Int, _ end: Int, _ count: Int) -> Bool {
        if found.start <= start && found.end >= end { return true }
        return found.kind == Entity.address.rawValue && found.start <= start + 12 && count <= 120
    }

    private mutating func keep(_ found: Found, _ text: Span<UInt8>, _ row: Int) {
        guard entries[Int(found.kind)].examples.count < Self.examples else { return }
        entries[Int(found.kind)].examples.append((row, Self.masked(text, found)))
    }

    /// The first letter or digit, and the marks; everything else hidden.
    private static func masked(_ text: Span<UInt8>, _ found: Found) -> String {
        var shown: [UInt8] = []
        for i in found.start..<min(found.end, found.start + 64) {
            let byte = text[i]
            if byte & 0xc0 == 0x80 { continue }
            shown.append(i == found.start && byte < 0x80 || !byte.isWord ? byte : 0x2a)
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Adds what another look at the same column counted.
    mutating func merge(_ other: KindCounts) {
        values += other.values
        nulls += other.nulls
        bytes += other.bytes
        for (i, more) in other.entries.enumerated() {
            entries[i].whole += more.whole
            entries[i].wholeScore += more.wholeScore
            entries[i].within += more.within
            entries[i].places += more.places
            entries[i].withinScore += more.withinScore
            entries[i].missed += more.missed
            let examples = (entries[i].examples + more.examples).sorted { $0.row < $1.row }
            entries[i].examples = Array(examples.prefix(Self.examples))
        }
    }
}
