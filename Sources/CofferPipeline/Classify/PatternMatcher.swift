import Coffer

/// A pattern made ready to match: its positions as bits of one number, all of them followed at once (Glushkov's automaton).
/// A byte costs a few steps, whatever the pattern; there is nothing to go back to.
struct PatternMatcher: Sendable {
    private let masks: [UInt128]
    private let follow: [UInt128]
    private let first: UInt128
    private let last: UInt128

    /// Positions that a pattern may have; `{2,4}` counts its part four times.
    static let limit = 128
    /// Bytes that a match may have.
    static let reach = 256

    init(_ text: String, line: Int) throws(ConfigurationError) {
        var builder = Builder()
        guard let whole = builder.add(try PatternParser.parse(text, line: line)) else {
            throw ConfigurationError(
                "the pattern is too long: it has more than \(Self.limit) places", line: line,
                hint: "{2,4} counts its part four times; write fewer")
        }
        guard !whole.isNullable else {
            throw ConfigurationError("the pattern matches an empty text", line: line, hint: "write + instead of *")
        }
        (first, last, follow) = (whole.first, whole.last, builder.follow)
        var masks = [UInt128](repeating: 0, count: 256)
        for (position, set) in builder.sets.enumerated() {
            for byte in UInt8.min...UInt8.max where set.contains(byte) { masks[Int(byte)] |= 1 << position }
        }
        self.masks = masks
    }

    /// The end of the longest match that begins at `start` and does not end within a word; nil where there is none.
    func match(_ text: Span<UInt8>, at start: Int) -> Int? {
        var state = first & masks[Int(text[start])]
        var (end, at) = (Int?.none, start + 1)
        let limit = min(text.count, start + Self.reach)
        while state != 0 {
            if state & last != 0, at == text.count || !(text[at - 1].isWord && text[at].isWord) { end = at }
            guard at < limit else { break }
            var next: UInt128 = 0
            while state != 0 {
                next |= follow[state.trailingZeroBitCount]
                state &= state - 1
            }
            state = next & masks[Int(text[at])]
            at += 1
        }
        return end
    }

    /// Whether a match can begin with `byte`.
    func mayBegin(with byte: UInt8) -> Bool { first & masks[Int(byte)] != 0 }
}

extension PatternMatcher {
    /// A part of a pattern: the positions it begins and ends with, and whether it may be empty.
    private struct Part {
        var first: UInt128 = 0
        var last: UInt128 = 0
        var isNullable = true
    }

    private struct Builder {
        var sets: [PatternSyntax.ByteSet] = []
        var follow: [UInt128] = []

        /// Adds a part; nil where there is no room for it.
        mutating func add(_ syntax: PatternSyntax) -> Part? {
            switch syntax {
            case .bytes(let set):
                guard sets.count < PatternMatcher.limit else { return nil }
                let bit = UInt128(1) << sets.count
                sets.append(set)
                follow.append(0)
                return Part(first: bit, last: bit, isNullable: false)
            case .sequence(let parts):
                var whole = Part()
                for syntax in parts {
                    guard let part = add(syntax) else { return nil }
                    whole = join(whole, part)
                }
                return whole
            case .either(let choices):
                var whole = Part(isNullable: false)
                for syntax in choices {
                    guard let part = add(syntax) else { return nil }
                    whole.first |= part.first
                    whole.last |= part.last
                    whole.isNullable = whole.isNullable || part.isNullable
                }
                return whole
            case .repeated(let syntax, let least, let most):
                return repeated(syntax, least, most)
            }
        }

        private mutating func repeated(_ syntax: PatternSyntax, _ least: Int, _ most: Int?) -> Part? {
            var whole = Part()
            for copy in 0..<max(most ?? least, most == nil ? 1 : 0) {
                guard var part = add(syntax) else { return nil }
                if most == nil, copy == max(least, 1) - 1 { connect(part.last, part.first) }
                if copy >= least { part.isNullable = true }
                whole = join(whole, part)
            }
            return whole
        }

        private mutating func join(_ a: Part, _ b: Part) -> Part {
            connect(a.last, b.first)
            return Part(
                first: a.isNullable ? a.first | b.first : a.first, last: b.isNullable ? a.last | b.last : b.last,
                isNullable: a.isNullable && b.isNullable)
        }

        private mutating func connect(_ from: UInt128, _ to: UInt128) {
            for position in sets.indices where from >> position & 1 == 1 { follow[position] |= to }
        }
    }
}
