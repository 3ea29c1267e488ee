import Coffer

/// A pattern as its author writes it: a small part of what regular expressions are, of which every text can be matched in
/// a time that grows with its length alone. No groups are captured, nothing is looked back at.
///
/// Letters stand for themselves; `.`, `[a-z]`, `[^…]`, `\d`, `\w`, `\s`; `?`, `*`, `+`, `{2}`, `{2,4}`; `(…)`, `|`; `(?i)` in
/// front makes letters of both cases equal.
indirect enum PatternSyntax {
    case bytes(ByteSet)
    case sequence([PatternSyntax])
    case either([PatternSyntax])
    case repeated(PatternSyntax, least: Int, most: Int?)

    /// A set of bytes.
    struct ByteSet: Equatable {
        private var bits: InlineArray<4, UInt64> = .init(repeating: 0)

        init() {}
        init(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

        mutating func insert(_ byte: UInt8) { bits[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
        func contains(_ byte: UInt8) -> Bool { bits[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }
        mutating func formUnion(_ other: ByteSet) { for i in 0..<4 { bits[i] |= other.bits[i] } }

        static func == (a: ByteSet, b: ByteSet) -> Bool { (0..<4).allSatisfy { a.bits[$0] == b.bits[$0] } }

        /// All other bytes but the end of a line.
        var inverted: ByteSet {
            var result = ByteSet()
            for byte in UInt8.min...UInt8.max where !contains(byte) && byte != 0x0a { result.insert(byte) }
            return result
        }

        /// With the other case of every letter.
        var anyCase: ByteSet {
            var result = self
            for byte in UInt8.min...UInt8.max where contains(byte) && byte.isLatin { result.insert(byte ^ 0x20) }
            return result
        }

        static let digit = ByteSet(0x30...0x39)
        static let space: ByteSet = {
            var set = ByteSet(0x09...0x0d)
            set.insert(0x20)
            return set
        }()
        static let word: ByteSet = {
            var set = digit
            for range in [0x41...0x5a, 0x61...0x7a, 0x5f...0x5f] as [ClosedRange<UInt8>] {
                set.formUnion(ByteSet(range))
            }
            return set
        }()
    }
}

/// Reads a pattern.
struct PatternParser {
    private var rest: ArraySlice<UInt8>
    private var depth = 0
    private let anyCase: Bool

    /// The pattern that `text` writes.
    static func parse(_ text: String, line: Int) throws(ConfigurationError) -> PatternSyntax {
        guard (1...500).contains(text.utf8.count) else {
            throw ConfigurationError("a pattern has 1 to 500 bytes", line: line)
        }
        var parser = PatternParser(text)
        guard let syntax = parser.either(), parser.rest.isEmpty else {
            throw ConfigurationError(
                "the pattern is not one that is understood", line: line,
                hint: "it may hold characters, . [a-z] [^a-z] \\d \\w \\s, ? * + {2,4}, ( ) and |, and (?i) in front")
        }
        return syntax
    }

    private init(_ text: String) {
        let bytes = Array(text.utf8)
        anyCase = text.hasPrefix("(?i)")
        rest = bytes[(anyCase ? 4 : 0)...]
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: byte) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func either() -> PatternSyntax? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 16 else { return nil }
        var choices: [PatternSyntax] = []
        repeat {
            guard let sequence = sequence() else { return nil }
            choices.append(sequence)
        } while take("|")
        return choices.count == 1 ? choices[0] : .either(choices)
    }

    private mutating func sequence() -> PatternSyntax? {
        var parts: [PatternSyntax] = []
        while let byte = rest.first, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            guard let atom = atom(), let part = repetition(of: atom) else { return nil }
            parts.append(part)
        }
        return parts.isEmpty ? nil : .sequence(parts)
    }

    private mutating func repetition(of atom: PatternSyntax) -> PatternSyntax? {
        if take("?") { return .repeated(atom, least: 0, most: 1) }
        if take("*") { return .repeated(atom, least: 0, most: nil) }
        if take("+") { return .repeated(atom, least: 1, most: nil) }
        guard take("{") else { return atom }
        guard let least = number() else { return nil }
        if take("}") { return .repeated(atom, least: least, most: least) }
        guard take(",") else { return nil }
        if take("}") { return .repeated(atom, least: least, most: nil) }
        guard let most = number(), most >= least, take("}") else { return nil }
        return .repeated(atom, least: least, most: most)
    }

    private mutating func number() -> Int? {
        var number: Int?
        while let byte = rest.first, byte.isNumeral, number ?? 0 < 100 {
            number = (number ?? 0) * 10 + Int(byte - 0x30)
            rest.removeFirst()
        }
        return number
    }

    private mutating func atom() -> PatternSyntax? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "("):
            if rest.starts(with: "?:".utf8) { rest.removeFirst(2) }
            guard let inner = either(), take(")") else { return nil }
            return inner
        case UInt8(ascii: "["): return set().map { .bytes(anyCase ? $0.anyCase : $0) }
        case UInt8(ascii: "."): return .bytes(PatternSyntax.ByteSet().inverted)
        case UInt8(ascii: "\\"): return escaped().map { .bytes(anyCase ? $0.anyCase : $0) }
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "{"), UInt8(ascii: "^"),
            UInt8(ascii: "$"):
            return nil
        default:
            let single = PatternSyntax.ByteSet(byte...byte)
            guard byte >= 0x80 else { return .bytes(anyCase ? single.anyCase : single) }
            // The bytes of one character belong together.
            var bytes: [PatternSyntax] = [.bytes(single)]
            while let next = rest.first, next & 0xc0 == 0x80 {
                bytes.append(.bytes(PatternSyntax.ByteSet(next...next)))
                rest.removeFirst()
            }
            return .sequence(bytes)
        }
    }

    private mutating func escaped() -> PatternSyntax.ByteSet? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "d"): return .digit
        case UInt8(ascii: "w"): return .word
        case UInt8(ascii: "s"): return .space
        case let other where !other.isWord: return PatternSyntax.ByteSet(other...other)
        default: return nil
        }
    }

    private mutating func set() -> PatternSyntax.ByteSet? {
        let isInverted = take("^")
        var set = PatternSyntax.ByteSet()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]") {
                return set == PatternSyntax.ByteSet() ? nil : isInverted ? set.inverted : set
            }
            guard byte < 0x80 else { return nil }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = escaped() else { return nil }
                set.formUnion(escaped)
            } else if rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first, end != UInt8(ascii: "]") {
                guard end >= byte, end < 0x80 else { return nil }
                set.formUnion(PatternSyntax.ByteSet(byte...end))
                rest.removeFirst(2)
            } else {
                set.insert(byte)
            }
        }
        return nil
    }
}
