/// One thing found in a value: bytes `start` to `end`.
struct Found: Equatable {
    /// The entity's number; from ``Found/own`` on, recognizers of the user's.
    var kind: UInt8
    /// How sure this one value is, from 0 to 100.
    var score: Int
    let start: Int
    let end: Int

    /// The number of the first recognizer of the user's own.
    static let own = UInt8(Entity.allCases.count)

    init(_ kind: UInt8, _ score: Int, _ start: Int, _ end: Int) {
        (self.kind, self.score, self.start, self.end) = (kind, score, start, end)
    }

    init(_ entity: Entity, _ score: Int, _ start: Int, _ end: Int) {
        self.init(entity.rawValue, score, start, end)
    }
}

extension Found {
    /// Of things at the same place, the surest; in the order they stand.
    static func best(_ found: [Found]) -> [Found] {
        guard found.count > 1 else { return found }
        var best: [Found] = []
        for one in found.sorted(by: { ($0.start, $1.score) < ($1.start, $0.score) }) {
            guard let last = best.last, one.start < last.end else {
                best.append(one)
                continue
            }
            if one.score > last.score { best[best.count - 1] = one }
        }
        return best
    }
}

extension Entity {
    /// The entity of a number; nil for recognizers of the user's own.
    init?(kind: UInt8) { self.init(rawValue: kind) }
}

extension UInt8 {
    /// An ASCII digit.
    @inline(__always) var isNumeral: Bool { self &- 0x30 < 10 }
    /// An ASCII letter.
    @inline(__always) var isLatin: Bool { (self | 0x20) &- 0x61 < 26 }
    /// A capital ASCII letter.
    @inline(__always) var isCapital: Bool { self &- 0x41 < 26 }
    /// What words are made of: letters, digits, `_`, and all of UTF-8 beyond ASCII.
    @inline(__always) var isWord: Bool { isLatin || isNumeral || self >= 0x80 || self == 0x5f }
    /// A hexadecimal digit.
    @inline(__always) var isHex: Bool { isNumeral || (self | 0x20) &- 0x61 < 6 }
}
