/// Looks for the names of people among the words of a text: a first name and a capitalized word after it, or a title and
/// a capitalized word.
struct PersonSearch {
    private var start = 0
    private var end = 0
    private var words = 0
    private var score = 0
    /// Whether the word before was a title.
    private var isTitled = false

    /// Nothing was seen.
    mutating func begin() { (words, score, isTitled) = (0, 0, false) }

    /// The next word; gives the name that it ended, where it ended one.
    mutating func word(
        _ text: Span<UInt8>, _ from: Int, _ to: Int, _ meaning: Lexicon.Meaning, isCapital: Bool
    ) -> Found? {
        let follows = words > 0 && from - end <= 2 && from > end
        if follows, meaning.contains(.particle) { return extend(to, 0) }
        if follows, isCapital, words < 5, meaning.announced == nil, to - from > 1 || text[from].isCapital {
            return extend(to, meaning.contains(.last) ? 75 : meaning.contains(.first) ? 70 : 52)
        }
        let isTitled = self.isTitled
        let ended = finish()
        if isCapital, meaning.contains(.first) || isTitled && to - from > 1 {
            (start, end, words, score) = (from, to, 1, isTitled ? 60 : 0)
        }
        self.isTitled = meaning.contains(.title)
        return ended
    }

    private mutating func extend(_ to: Int, _ found: Int) -> Found? {
        if found > 0 { words += 1 }
        score = max(score, found)
        if found > 0 { end = to }
        return nil
    }

    /// The name that ends here, where there is one.
    mutating func finish() -> Found? {
        defer { begin() }
        return score > 0 && words > 0 ? Found(.name, score, start, end) : nil
    }

    /// A character that no name goes on after.
    mutating func interrupt() -> Found? {
        let wasTitled = isTitled
        defer { isTitled = wasTitled && words == 0 }
        return words > 0 ? finish() : nil
    }
}

/// What the words of a value are, when all of it may be one name: `Ada Lovelace`, `GARCÍA`.
struct WordCount {
    private var count = 0
    private var firsts = 0
    private var lasts = 0
    private var isPlain = true
    /// What is no part of a name: numbers, addresses, marks.
    var others = 0

    mutating func add(_ meaning: Lexicon.Meaning, isCapital: Bool, isShort: Bool) {
        if isShort || meaning.contains(.particle) || meaning.contains(.title) { return }
        count += 1
        if !isCapital { isPlain = false }
        if meaning.contains(.last) { lasts += 1 }
        if meaning.contains(.first) { firsts += 1 }
    }

    /// The value as a name: with score 0 where it looks like one, but no word of it is in the lexicon. Nil where it
    /// doesn't look like one.
    func wholeName(_ text: Span<UInt8>) -> Found? {
        guard others == 0, (1...4).contains(count), isPlain, text.count <= 60 else { return nil }
        let isBoth = count > 1 && firsts > 0 && lasts > 0 && firsts + lasts > 1
        let score = firsts + lasts == 0 ? 0 : isBoth ? 80 : count > 1 ? 62 : 42
        return Found(.name, score, 0, text.count)
    }
}
