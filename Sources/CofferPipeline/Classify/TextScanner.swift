/// Finds in a text what recognizers know, in one pass over its bytes and without allocating: at the start of every word
/// and number, what can begin with it is tried, and the pass goes on behind what was found.
///
/// Not for two threads at once: each has its own.
struct TextScanner {
    /// What was found, in order; several of the same bytes where they can be several things.
    var found: [Found] = []
    /// Entities whose shape the whole of a number had, but not their check digit, as bits by number.
    var missed: UInt64 = 0
    /// Words of letters, and what the lexicon says of them all.
    var words = WordCount()
    let lexicon = Lexicon.shared
    private let own: [OwnPattern]
    /// Where in all that was scanned each entity was last announced (`phone: …`).
    var announced: InlineArray<32, Int> = .init(repeating: -1_000_000)
    /// Where this text begins in all that was scanned, and its bytes.
    var base = 0
    private var count = 0
    var person = PersonSearch()
    /// A token that ends here was looked at for secrets before.
    var lookedAt = 0
    var hasAt = false

    /// An announcement counts for this many bytes.
    static let reach = 48

    /// A scanner; `own` are recognizers of the user's, found by their patterns.
    init(own: [OwnPattern] = []) {
        self.own = own
        found.reserveCapacity(64)
    }

    /// Looks through `text`, of which no more than the first mebibyte counts.
    mutating func scan(_ text: Span<UInt8>) {
        found.removeAll(keepingCapacity: true)
        (missed, lookedAt, words) = (0, 0, WordCount())
        person.begin()
        let text = text.count > Self.limit ? text.extracting(first: Self.limit) : text
        base += count + Self.reach + 1
        count = text.count
        hasAt = false
        for i in text.indices where text[i] == 0x40 { hasAt = true }
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte.isLatin || byte >= 0x80 {
                at = word(text, at)
            } else if byte.isNumeral {
                at = number(text, at)
            } else {
                at = mark(text, at)
            }
        }
        if let name = person.finish() { found.append(name) }
        if let whole = words.wholeName(text) {
            whole.score > 0 ? found.append(whole) : miss(.name)
        }
        for pattern in own { pattern.find(in: text) { found.append($0) } }
    }

    static let limit = 1 << 20

    mutating func miss(_ entity: Entity) { missed |= 1 << UInt64(entity.rawValue) }

    /// Adds what was found, surer where it was announced.
    mutating func add(_ entity: Entity, _ score: Int, _ start: Int, _ end: Int) {
        var score = score
        if base + start - announced[Int(entity.rawValue)] <= Self.reach {
            score = min(99, score + (entity == .birthDate ? 60 : 35))
        }
        found.append(Found(entity, score, start, end))
    }

    /// What begins with neither letter nor digit.
    private mutating func mark(_ text: Span<UInt8>, _ at: Int) -> Int {
        guard at + 1 < text.count else { return at + 1 }
        let next = text[at + 1]
        switch text[at] {
        case UInt8(ascii: "+") where next.isNumeral || next == 0x28,
            UInt8(ascii: "(") where next.isNumeral || next == 0x2b:
            return number(text, at)
        case UInt8(ascii: "-"):
            if next == 0x2d, let end = SecretText.pem(text, at) {
                add(.secret, 97, at, end)
                return end
            }
            if next.isNumeral, let end = Coordinates.pair(text, at) {
                add(.coordinates, 70, at, end)
                return end
            }
        case UInt8(ascii: ":") where next == 0x3a:
            if let end = NetworkAddress.ipv6(text, at) {
                add(.ip, 75, at, end)
                return end
            }
        default: break
        }
        if text[at] > 0x20, text[at] != 0x2e, text[at] != 0x2d, text[at] != 0x27, text[at] != 0x2c { words.others += 1 }
        if text[at] != 0x20, text[at] != 0x2d, text[at] != 0x2e { person.interrupt().map { found.append($0) } }
        return at + 1
    }
}
