/// What single words tell: names of people, words of streets, and words that announce what follows (`phone: …`).
///
/// A table of 64-bit hashes of the words in small letters, made once: looking a word up reads one or two places of it.
struct Lexicon: Sendable {
    /// What a word is; several at once for some (`Rose`).
    struct Meaning: OptionSet {
        let rawValue: UInt16
        static let first = Meaning(rawValue: 1 << 8)
        static let last = Meaning(rawValue: 1 << 9)
        /// A kind of street: `Street`, `rue`, `ulica`.
        static let street = Meaning(rawValue: 1 << 10)
        /// `Mr`, `Frau`: a name follows.
        static let title = Meaning(rawValue: 1 << 11)
        /// `van`, `de la`: part of a name, but no name.
        static let particle = Meaning(rawValue: 1 << 12)

        /// The entity that the word announces.
        var announced: Entity? { rawValue & 0xff == 0 ? nil : Entity(rawValue: UInt8(rawValue & 0xff) - 1) }

        static func announcing(_ entity: Entity) -> Meaning { Meaning(rawValue: UInt16(entity.rawValue) + 1) }
        static let name: Meaning = [.first, .last]
    }

    private let hashes: [UInt64]
    private let meanings: [UInt16]

    /// The lexicon of this program, made when it is first asked for.
    static let shared = Lexicon()

    private init() {
        var words: [UInt64: UInt16] = [:]
        func add(_ text: String, _ meaning: Meaning) {
            for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                let hash = word.utf8.reduce(into: WordHash()) { $0.add($1) }.value
                let known = words[hash, default: 0]
                // A word announces one entity, the first that it is listed for.
                words[hash] = known | (known & 0xff == 0 ? meaning.rawValue : meaning.rawValue & 0xff00)
            }
        }
        add(LexiconNames.first, .first)
        add(LexiconNames.last, .last)
        add(LexiconWords.streets, .street)
        add(LexiconWords.titles, .title)
        add(LexiconWords.particles, .particle)
        for (entity, text) in LexiconWords.announcing { add(text, .announcing(entity)) }
        var capacity = 1024
        while capacity < words.count * 3 { capacity *= 2 }
        var hashes = [UInt64](repeating: 0, count: capacity)
        var meanings = [UInt16](repeating: 0, count: capacity)
        for (hash, meaning) in words {
            var at = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while hashes[at] != 0 { at = (at + 1) & (capacity - 1) }
            (hashes[at], meanings[at]) = (hash, meaning)
        }
        (self.hashes, self.meanings) = (hashes, meanings)
    }

    /// What the word with this hash is; empty for others.
    @inline(__always)
    func meaning(_ hash: WordHash) -> Meaning {
        var at = Int(truncatingIfNeeded: hash.value) & (hashes.count - 1)
        while hashes[at] != 0 {
            if hashes[at] == hash.value { return Meaning(rawValue: meanings[at]) }
            at = (at + 1) & (hashes.count - 1)
        }
        return []
    }
}

/// A hash over the letters of a word, made byte by byte; capitals count as small letters, those of Latin-1 too.
struct WordHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325
    private var previous: UInt8 = 0

    init() {}

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        let isCapital = byte.isCapital || (previous == 0xc3 && byte >= 0x80 && byte <= 0x9e && byte != 0x97)
        state = (state ^ UInt64(isCapital ? byte | 0x20 : byte)) &* 0x100_0000_01b3
        previous = byte
    }

    /// The hash; never 0.
    var value: UInt64 {
        let mixed = (state ^ (state >> 29)) &* 0xbf58_476d_1ce4_e5b9
        return (mixed ^ (mixed >> 32)) | 1 << 63
    }
}
