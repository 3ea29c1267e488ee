/// Postal addresses by a word for a street and a house number near it: `12 Main Street`, `Hauptstraße 7a`, `Calle Mayor 5`.
enum Street {
    /// The address around the word from `start` to `end`; nil where the word is no street, or without a house number.
    static func address(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ meaning: Lexicon.Meaning
    ) -> (start: Int, end: Int)? {
        let isWord = meaning.contains(.street)
        guard isWord || hasEnding(text, start, end) else { return nil }
        if isWord, let from = numberBefore(text, start, isShort: end - start <= 2) {
            return (from, nameAfter(text, end))
        }
        return numberAfter(text, end, words: isWord ? 4 : 0).map { (nameBefore(text, start, isWord), $0) }
    }

    private static func hasEnding(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 6, text[start].isCapital || text[start] >= 0x80 else { return false }
        return LexiconWords.streetEndings.contains { ending in
            let count = ending.utf8CodeUnitCount
            guard end - start >= count + 3 else { return false }
            return (0..<count).allSatisfy { unsafe ending.utf8Start[$0] == text[end - count + $0] }
        }
    }

    /// A house number at most four words before: where it begins.
    private static func numberBefore(_ text: Span<UInt8>, _ start: Int, isShort: Bool) -> Int? {
        var at = start
        for words in 0...4 {
            var from = at
            while from > 0, at - from < 2, text[from - 1].isOne(of: " .,") { from -= 1 }
            guard from < at, from > 0 else { return nil }
            at = from
            while at > 0, text[at - 1].isWord || text[at - 1] == 0x27 || text[at - 1] == 0x2d { at -= 1 }
            guard at < from else { return nil }
            if text[at].isNumeral {
                // `2 st`: a short word is a street only after a name.
                if from - at > 6 || words == 0 && (isShort || text[from] != 0x20) { return nil }
                let isOrdinal = !text[from - 1].isNumeral && from - at > 2
                if !isOrdinal { return at }
            } else if !text[at].isCapital, text[at] < 0x80 {
                return nil
            }
        }
        return nil
    }

    /// Capitalized words and particles that follow: the street's name in `12 rue de la Paix`.
    private static func nameAfter(_ text: Span<UInt8>, _ start: Int) -> Int {
        var (end, at) = (start, start)
        if at < text.count, text[at] == 0x2e { (end, at) = (at + 1, at + 1) }
        for _ in 0..<4 {
            guard at < text.count, text[at] == 0x20 else { break }
            let from = at + 1
            at = from
            while at < text.count, text[at].isWord || text[at] == 0x27 || text[at] == 0x2d { at += 1 }
            guard at > from, !text[from].isNumeral else { break }
            if text[from].isCapital || text[from] >= 0x80 { end = at } else if at - from > 3 { break }
        }
        return end
    }

    /// A house number after at most `words` words: where it ends.
    private static func numberAfter(_ text: Span<UInt8>, _ start: Int, words: Int) -> Int? {
        var at = start
        if at < text.count, text[at] == 0x2e { at += 1 }
        for _ in 0...words {
            let from = at
            while at < text.count, at - from < 2, text[at].isOne(of: " ,") { at += 1 }
            guard at > from, at < text.count else { return nil }
            let word = at
            while at < text.count, text[at].isWord || text[at] == 0x27 || text[at] == 0x2e || text[at] == 0x2f {
                at += 1
            }
            while at > word, text[at - 1] == 0x2e { at -= 1 }
            guard at > word else { return nil }
            if text[word].isNumeral { return at - word <= 6 ? at : nil }
            guard text[word].isCapital || text[word] >= 0x80 || at - word <= 3 else { return nil }
        }
        return nil
    }

    /// Words before an ending street word that belong to it: `Alte`, `Am`.
    private static func nameBefore(_ text: Span<UInt8>, _ start: Int, _ isWord: Bool) -> Int {
        guard isWord, start > 1, text[start - 1] == 0x20 else { return start }
        var from = start - 1
        while from > 0, text[from - 1].isWord { from -= 1 }
        // `Berliner Straße 7`; a word in small letters (`in der`) does not belong to it.
        return from < start - 1 && text[from].isCapital && !text[start].isCapital == false ? from : start
    }
}
