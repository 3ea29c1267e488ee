/// A text with wildcards, ready to be compared: `*` stands for any characters, `?` for one.
///
/// Its bytes are those of the text, with two values that UTF-8 never has in the place of the wildcards, so that a `*` that
/// is meant as such (`${*}`, or what a variable holds) stays a byte like any other. Takes time in proportion to the product
/// of both lengths at worst, and to the text's as a rule.
struct Pattern: Hashable, Sendable {
    static let anything: UInt8 = 0xff
    static let oneCharacter: UInt8 = 0xfe

    private enum Shape: Hashable { case exact, everything, general }

    let bytes: [UInt8]
    private let shape: Shape

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes == [Self.anything] {
            shape = .everything
        } else if bytes.contains(where: { $0 >= Self.oneCharacter }) {
            shape = .general
        } else {
            shape = .exact
        }
    }

    /// Exactly `text`.
    init(exactly text: String) { self.init(bytes: Array(text.utf8)) }

    /// `text`, in which `*` and `?` are wildcards.
    init(wildcards text: String) { self.init(bytes: text.utf8.map(Self.wildcard)) }

    /// The byte that stands for `byte` where wildcards are wildcards.
    static func wildcard(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "*"): anything
        case UInt8(ascii: "?"): oneCharacter
        default: byte
        }
    }

    /// Whether it stands for every text there is.
    var isEverything: Bool { shape == .everything }

    /// Whether it has no wildcards.
    var isExact: Bool { shape == .exact }

    /// Whether `text` is such a text. `ignoringCase`: of ASCII letters; the pattern is in lower case then.
    func matches(_ text: String, ignoringCase: Bool = false) -> Bool {
        switch shape {
        case .everything: true
        case .exact:
            text.utf8.count == bytes.count && Self.isEqual(bytes.span, text.utf8.span, ignoringCase: ignoringCase)
        case .general: Self.matches(bytes.span, text.utf8.span, ignoringCase: ignoringCase, fence: 0)
        }
    }

    /// Whether `text` is an ARN whose six parts match, each for itself: a wildcard never takes one of the first five colons.
    func matchesARN(_ text: String) -> Bool {
        let text = text.utf8.span
        guard let fence = Self.lastPart(of: text) else { return false }
        return Self.matches(bytes.span, text, ignoringCase: false, fence: fence)
    }

    /// Where the sixth part of an ARN begins; nil where there is none.
    private static func lastPart(of text: Span<UInt8>) -> Int? {
        guard text.count > 4, text[0] == 0x61, text[1] == 0x72, text[2] == 0x6e, text[3] == 0x3a else { return nil }
        var colons = 0
        for i in text.indices where text[i] == UInt8(ascii: ":") {
            colons += 1
            if colons == 5 { return i + 1 }
        }
        return nil
    }

    static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    private static func isEqual(_ a: Span<UInt8>, _ b: Span<UInt8>, ignoringCase: Bool) -> Bool {
        guard a.count == b.count else { return false }
        for i in a.indices where a[i] != b[i] {
            guard ignoringCase, a[i] == lowered(b[i]) else { return false }
        }
        return true
    }

    /// How many bytes the character that begins at `at` has.
    private static func width(_ text: Span<UInt8>, _ at: Int) -> Int {
        let lead = text[at]
        let width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        return min(width, text.count - at)
    }

    /// Goes back to the last `*` only: what an earlier one could take instead, the last one can too.
    private static func matches(
        _ pattern: Span<UInt8>, _ text: Span<UInt8>, ignoringCase: Bool, fence: Int
    ) -> Bool {
        var (p, t) = (0, 0)
        var (resumePattern, resumeText) = (-1, 0)
        while t < text.count {
            if p < pattern.count {
                let wanted = pattern[p]
                if wanted == anything {
                    p += 1
                    (resumePattern, resumeText) = (p, t)
                    continue
                }
                let isFenced = t < fence && text[t] == UInt8(ascii: ":")
                if wanted == oneCharacter, !isFenced {
                    t += width(text, t)
                    p += 1
                    continue
                }
                if wanted == (ignoringCase ? lowered(text[t]) : text[t]) {
                    t += 1
                    p += 1
                    continue
                }
            }
            guard resumePattern >= 0, !(resumeText < fence && text[resumeText] == UInt8(ascii: ":")) else {
                return false
            }
            resumeText += width(text, resumeText)
            (p, t) = (resumePattern, resumeText)
        }
        while p < pattern.count, pattern[p] == anything { p += 1 }
        return p == pattern.count
    }
}
