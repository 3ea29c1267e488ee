/// Addresses of people and machines on networks: e-mail, web, IP, MAC. Each function is given where a word begins and
/// says where the address that stands there ends; nil where none does.
enum NetworkAddress {
    /// The end of an e-mail address (RFC 5321 without quotes; letters beyond ASCII are taken).
    static func email(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var at = start
        let limit = min(text.count, start + 65)
        while at < limit, isLocal(text[at]) { at += 1 }
        guard at > start, at < text.count, text[at] == UInt8(ascii: "@"), text[at - 1] != UInt8(ascii: ".") else {
            return nil
        }
        return domain(text, at + 1)
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        byte.isWord || byte != UInt8(ascii: "@") && byte.isOne(of: "!#$%&'*+-./=?^`{|}~")
    }

    /// The end of a domain of two labels or more, whose last one is no number.
    static func domain(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var (at, label, labels, end) = (start, start, 0, start)
        let limit = min(text.count, start + 254)
        while true {
            while at < limit, text[at].isLatin || text[at].isNumeral || text[at] == 0x2d || text[at] >= 0x80 { at += 1 }
            var last = at
            while last > label, text[last - 1] == 0x2d { last -= 1 }
            guard last > label, text[label] != 0x2d else { break }
            labels += 1
            if labels > 1, last - label >= 2, !text[label].isNumeral { end = last }
            guard last == at, at + 1 < limit, text[at] == UInt8(ascii: ".") else { break }
            at += 1
            label = at
        }
        return end > start ? end : nil
    }

    /// The end of a web address, whose `://` stands at `mark`, and whether it brings a password with it.
    static func url(_ text: Span<UInt8>, _ mark: Int) -> (end: Int, hasPassword: Bool)? {
        let start = mark + 3
        guard start < text.count, text[start].isWord || text[start] == UInt8(ascii: "[") else { return nil }
        let end = tail(text, start)
        guard end > start + 2 else { return nil }
        var colon: Int?
        for i in start..<end where text[i] != UInt8(ascii: ".") {
            if text[i] == UInt8(ascii: "/") { break }
            if text[i] == UInt8(ascii: ":"), colon == nil { colon = i }
            if text[i] == UInt8(ascii: "@") { return (end, colon.map { i - $0 > 1 } ?? false) }
        }
        return (end, false)
    }

    /// The end of what a web address may hold, less the punctuation of the sentence it stands in.
    static func tail(_ text: Span<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < text.count, text[end] > 0x20, !text[end].isOne(of: "\"<>`{}|\\^") { end += 1 }
        while end > start, text[end - 1].isOne(of: ".,;:!?'*)]") {
            if text[end - 1] == UInt8(ascii: ")"), (start..<end).contains(where: { text[$0] == UInt8(ascii: "(") }) {
                break
            }
            if text[end - 1] == UInt8(ascii: "]"), (start..<end).contains(where: { text[$0] == UInt8(ascii: "[") }) {
                break
            }
            end -= 1
        }
        return end
    }

    /// The end of six pairs of hexadecimal digits with `:` or `-` between them, or three groups of four with dots.
    static func mac(_ text: Span<UInt8>, _ start: Int) -> Int? {
        for (width, groups, separators) in [(2, 6, ":-"), (4, 3, ".")] as [(Int, Int, StaticString)] {
            let end = start + width * groups + groups - 1
            guard end <= text.count, end == text.count || !text[end].isWord else { continue }
            let separator = text[start + width]
            guard separator.isOne(of: separators) else { continue }
            guard end + 1 >= text.count || text[end] != separator || !text[end + 1].isHex else { continue }
            let fits = (start..<end).allSatisfy { at in
                (at - start) % (width + 1) == width ? text[at] == separator : text[at].isHex
            }
            if fits { return end }
        }
        return nil
    }

    /// The end of an IPv6 address (RFC 4291), with `::` and an IPv4 tail where it has them.
    static func ipv6(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var (at, groups, hasGap, end) = (start, 0, false, start)
        while at < text.count {
            if text[at] == UInt8(ascii: ":") {
                guard at + 1 < text.count, text[at + 1] == UInt8(ascii: ":"), !hasGap else { break }
                hasGap = true
                at += 2
                end = at
                continue
            }
            let group = at
            while at < text.count, at - group < 5, text[at].isHex { at += 1 }
            guard at > group, at - group < 5 else { break }
            if at < text.count, text[at] == UInt8(ascii: "."), let tail = ipv4(text, group), groups <= 6 {
                (groups, end, at) = (groups + 2, tail, tail)
                break
            }
            groups += 1
            end = at
            guard groups < 8, at + 1 < text.count, text[at] == UInt8(ascii: ":") else { break }
            if text[at + 1] != UInt8(ascii: ":") {
                guard text[at + 1].isHex else { break }
                at += 1
            }
        }
        guard end == text.count || !text[end].isWord && text[end] != UInt8(ascii: ":") else { return nil }
        return (hasGap ? groups >= 1 && groups <= 7 && end - start > 3 : groups == 8) ? end : nil
    }

    /// The end of four numbers to 255 with dots between them.
    static func ipv4(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var at = start
        for group in 0..<4 {
            let from = at
            var number = 0
            while at < text.count, at - from < 3, text[at].isNumeral {
                number = number * 10 + Int(text[at] - 0x30)
                at += 1
            }
            guard at > from, number <= 255, at - from == 1 || text[from] != 0x30 else { return nil }
            if group < 3 {
                guard at < text.count, text[at] == UInt8(ascii: ".") else { return nil }
                at += 1
            }
        }
        if at < text.count, text[at].isWord { return nil }
        if at + 1 < text.count, text[at] == UInt8(ascii: "."), text[at + 1].isNumeral { return nil }
        return at
    }
}
