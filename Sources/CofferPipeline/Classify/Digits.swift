/// The digits of one number as it stands in a text, up to 24, and how they are grouped: `4111 1111` is two groups of four.
struct Digits {
    private var values: InlineArray<24, UInt8> = .init(repeating: 0)
    private(set) var count = 0

    /// A group: where its digits begin and end among them all, where it ends in the text, and what separated it.
    struct Group {
        var from = 0
        var to = 0
        var start = 0
        var end = 0
        var separator: UInt8 = 0
        var length: Int { to - from }
    }
    private(set) var groups: InlineArray<8, Group> = .init(repeating: Group())
    private(set) var groupCount = 0

    static let capacity = 24
    static let maximumGroups = 8

    subscript(i: Int) -> UInt8 {
        @inline(__always) get { values[i] }
    }

    /// Adds a group that stands at `range` of `text`; false where there is no room for it.
    mutating func append(_ text: Span<UInt8>, _ range: Range<Int>, separator: UInt8) -> Bool {
        guard groupCount < Self.maximumGroups, count + range.count <= Self.capacity else { return false }
        let from = count
        for i in range {
            values[count] = text[i] &- 0x30
            count += 1
        }
        groups[groupCount] = Group(
            from: from, to: count, start: range.lowerBound, end: range.upperBound, separator: separator)
        groupCount += 1
        return true
    }

    /// Adds a digit to the only group; false where there is no room for it.
    mutating func extend(_ byte: UInt8) -> Bool {
        guard count < Self.capacity else { return false }
        values[count] = byte &- 0x30
        count += 1
        groups[0].to = count
        groupCount = 1
        return true
    }

    /// The number that `digits` write.
    func number(_ digits: Range<Int>) -> Int { digits.reduce(0) { $0 * 10 + Int(values[$1]) } }
}

/// Some groups of a number: what the checks look at.
struct DigitRun {
    let digits: Digits
    let first: Int
    let last: Int
    private let from: Int

    init(_ digits: Digits, _ first: Int, through last: Int) {
        (self.digits, self.first, self.last) = (digits, first, last)
        from = digits.groups[first].from
        count = digits.groups[last].to - from
    }

    /// How many digits there are.
    let count: Int
    var groupCount: Int { last - first + 1 }
    var start: Int { digits.groups[first].start }
    var end: Int { digits.groups[last].end }

    subscript(i: Int) -> Int {
        @inline(__always) get { Int(digits[from + i]) }
    }

    /// The number that digits `range` write.
    func number(_ range: Range<Int>) -> Int { digits.number((from + range.lowerBound)..<(from + range.upperBound)) }

    func length(_ group: Int) -> Int { digits.groups[first + group].length }
    func separator(_ group: Int) -> UInt8 { digits.groups[first + group].separator }

    /// Whether the groups have exactly these lengths, separated by one of `separators`.
    func isGrouped(_ lengths: Int..., by separators: StaticString) -> Bool {
        guard groupCount == lengths.count else { return false }
        for (i, length) in lengths.enumerated() {
            guard self.length(i) == length else { return false }
            if i > 0, !separator(i).isOne(of: separators) { return false }
        }
        return true
    }

    /// Whether all digits are the same.
    var isUniform: Bool { (1..<max(1, count)).allSatisfy { self[$0] == self[0] } }
}

extension UInt8 {
    /// Whether it is one of the characters of `set`.
    @inline(__always)
    func isOne(of set: StaticString) -> Bool {
        for i in 0..<set.utf8CodeUnitCount where unsafe set.utf8Start[i] == self { return true }
        return false
    }
}
