/// What stands between the groups of a number.
enum DigitSeparator {
    /// Where the next group begins, and what separates it: one of ` -./+()`, or a bracket where there are several
    /// characters with one; nil where the number ends.
    static func next(_ text: Span<UInt8>, _ start: Int) -> (start: Int, separator: UInt8)? {
        var (at, separator) = (start, UInt8(0))
        while at < text.count, at - start < 4, !text[at].isNumeral {
            let byte = text[at]
            guard byte.isOne(of: " -./+()") else { return nil }
            if separator == 0 || byte == 0x28 || byte == 0x29 {
                separator = byte
            } else if separator == 0x20 {
                return nil
            }
            at += 1
        }
        guard at > start, at < text.count, text[at].isNumeral else { return nil }
        // Two characters of which none is a bracket separate two numbers.
        if at - start > 1, separator != 0x28, separator != 0x29 { return nil }
        return (at, separator)
    }
}

/// A latitude and a longitude in degrees with three decimals or more.
enum Coordinates {
    /// The end of such a pair that begins at `start`.
    static func pair(_ text: Span<UInt8>, _ start: Int) -> Int? {
        guard let (first, limit) = degrees(text, start), limit <= 90 else { return nil }
        var at = first
        guard at < text.count, text[at].isOne(of: ",;/ ") else { return nil }
        while at < text.count, at - first < 3, text[at].isOne(of: ",;/ ") { at += 1 }
        guard let (end, other) = degrees(text, at), other <= 180 else { return nil }
        return end
    }

    private static func degrees(_ text: Span<UInt8>, _ start: Int) -> (end: Int, size: Int)? {
        var at = start
        if at < text.count, text[at] == 0x2d || text[at] == 0x2b { at += 1 }
        var (size, from) = (0, at)
        while at < text.count, at - from < 4, text[at].isNumeral {
            size = size * 10 + Int(text[at] - 0x30)
            at += 1
        }
        guard at > from, at < text.count, text[at] == 0x2e, size <= 180 else { return nil }
        at += 1
        from = at
        while at < text.count, text[at].isNumeral { at += 1 }
        guard (3...18).contains(at - from), at == text.count || !text[at].isWord && text[at] != 0x2e else { return nil }
        return (at, size)
    }
}

/// UUIDs, which are found only to be passed over.
enum UUIDFinder {
    /// The end of a UUID that begins at `start`.
    static func end(_ text: Span<UInt8>, _ start: Int) -> Int? {
        guard start + 36 <= text.count, text[start + 8] == 0x2d, start + 36 == text.count || !text[start + 36].isWord
        else { return nil }
        for i in 0..<36 {
            let isHyphen = i == 8 || i == 13 || i == 18 || i == 23
            guard isHyphen ? text[start + i] == 0x2d : text[start + i].isHex else { return nil }
        }
        return start + 36
    }
}

/// Names of hosts without `https://` in front.
enum Domain {
    private static let common: [StaticString] = ["com", "org", "net", "edu", "gov", "io"]
    private static let others: [StaticString] = [
        "dev", "app", "co", "uk", "de", "fr", "es", "it", "nl", "pl", "se", "br", "in", "info", "biz", "eu", "ch", "at",
        "be", "us", "ca", "au", "jp", "me", "ai", "cloud", "shop",
    ]

    /// How sure it is one: `www.` in front, or a known ending and a path behind.
    static func score(_ text: Span<UInt8>, _ start: Int) -> (end: Int, score: Int)? {
        guard let end = NetworkAddress.domain(text, start) else { return nil }
        let hasPath = end < text.count && text[end] == 0x2f
        let last = hasPath ? NetworkAddress.tail(text, end) : end
        if start + 4 < end, matches(text, start, "www.") { return (last, 85) }
        var dot = end - 1
        while text[dot] != 0x2e { dot -= 1 }
        let isCommon = common.contains { $0.utf8CodeUnitCount == end - dot - 1 && matches(text, dot + 1, $0) }
        if isCommon { return (last, hasPath ? 70 : 55) }
        guard hasPath, others.contains(where: { $0.utf8CodeUnitCount == end - dot - 1 && matches(text, dot + 1, $0) })
        else { return nil }
        return (last, 60)
    }

    private static func matches(_ text: Span<UInt8>, _ start: Int, _ word: StaticString) -> Bool {
        for i in 0..<word.utf8CodeUnitCount where unsafe word.utf8Start[i] != text[start + i] | 0x20 {
            guard unsafe word.utf8Start[i] == 0x2e, text[start + i] == 0x2e else { return false }
        }
        return true
    }
}
