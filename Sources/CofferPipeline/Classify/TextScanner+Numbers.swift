/// Numbers, and what begins with a digit.
extension TextScanner {
    mutating func number(_ text: Span<UInt8>, _ start: Int) -> Int {
        words.others += 1
        var first = start
        while text[first] == 0x2b || text[first] == 0x28 { first += 1 }
        guard first < text.count, text[first].isNumeral else { return start + 1 }
        let isSigned = (start..<first).contains { text[$0] == 0x2b }
        let opens = (start..<first).contains { text[$0] == 0x28 } || (first + 4 < text.count && text[first] == 0x28)
        if first == start {
            if hasAt, let end = NetworkAddress.email(text, start) {
                add(.email, 95, start, end)
                return end
            }
            if let end = special(text, start) { return end }
        }
        return digits(text, start, first, isSigned: isSigned, opens: opens)
    }

    /// What begins with a digit and is no plain number.
    private mutating func special(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var end = start
        while end < text.count, text[end].isNumeral { end += 1 }
        guard end < text.count else { return nil }
        switch text[end] {
        case UInt8(ascii: "."):
            guard end - start <= 3 || end - start == 4 else { return nil }
            if end - start <= 3, let ip = NetworkAddress.ipv4(text, start) {
                // After a slash it is rather a version: `Chrome/60.0.836.0`.
                add(
                    .ip, start > 0 && text[start - 1] == UInt8(ascii: "/") && !isAfterSlashes(text, start) ? 40 : 72,
                    start, ip)
                return ip
            }
            if end - start <= 3, let pair = Coordinates.pair(text, start) {
                add(.coordinates, 70, start, pair)
                return pair
            }
            return end - start == 4 ? machine(text, start, end) : nil
        case UInt8(ascii: ":"): return machine(text, start, end)
        case UInt8(ascii: "-"):
            if end - start == 2, let mac = machine(text, start, end) { return mac }
            if let uuid = UUIDFinder.end(text, start) { return uuid }
            guard end - start == 8, let dni = LetteredID.dni(text, start), dni.isValid else { return nil }
            add(.esDNI, 80, start, dni.end)
            return dni.end
        case let byte where byte.isWord:
            var (last, isHex) = (end, true)
            while last < text.count, text[last].isWord {
                if !text[last].isHex { isHex = false }
                last += 1
            }
            if isHex, last < text.count, text[last].isOne(of: ":-."), let machine = machine(text, start, last) {
                return machine
            }
            if hasAt, let email = NetworkAddress.email(text, start) {
                add(.email, 95, start, email)
                return email
            }
            return mixed(text, start, last, hasDigit: true) ?? last
        default: return nil
        }
    }

    private func isAfterSlashes(_ text: Span<UInt8>, _ start: Int) -> Bool {
        start > 1 && text[start - 2] == UInt8(ascii: "/")
    }

    /// A number in groups. All groups are judged together; where they are nothing, fewer.
    private mutating func digits(
        _ text: Span<UInt8>, _ start: Int, _ firstDigit: Int, isSigned: Bool, opens: Bool
    ) -> Int {
        var digits = Digits()
        var (at, separator) = (firstDigit, UInt8(0))
        var end = firstDigit
        while true {
            let from = at
            while at < text.count, text[at].isNumeral { at += 1 }
            guard at > from else { break }
            // A group that goes on with letters is a word, unless they are the `x` of an extension.
            if at < text.count, text[at].isWord, digits.groupCount > 0 {
                guard text[at] | 0x20 == 0x78, at + 1 < text.count, text[at + 1].isNumeral else { break }
            }
            guard digits.append(text, from..<at, separator: separator) else { break }
            end = at
            guard let next = DigitSeparator.next(text, at) else { break }
            (at, separator) = next
        }
        guard digits.groupCount > 0 else {
            while at < text.count, text[at].isNumeral { at += 1 }
            return at
        }
        if digits.count >= 6 {
            let isPart = start > 0 && text[start - 1] == UInt8(ascii: "/")
            judge(digits, start, isSigned: isSigned, opens: opens, isPart: isPart)
        }
        if end + 1 < text.count, text[end] | 0x20 == 0x78, text[end + 1].isNumeral {
            end += 1
            while end < text.count, text[end].isNumeral { end += 1 }
        }
        return end
    }

    /// `isPart`: a slash stands before it, as in `Chrome/60.0.836.0`, where a phone number seldom begins.
    private mutating func judge(_ digits: Digits, _ start: Int, isSigned: Bool, opens: Bool, isPart: Bool) {
        let groups = digits.groupCount
        var first = 0
        while first < groups {
            var last = groups - 1
            var isFound = false
            while last >= first, !isFound {
                let run = DigitRun(digits, first, through: last)
                let isWhole = first == 0 && last == groups - 1
                let from = first == 0 ? start : run.start
                if let year = run.date {
                    if (1900...2030).contains(year) { add(.birthDate, 15, from, run.end) }
                    isFound = true
                } else if run.count >= 7 {
                    run.judge(isSigned: isSigned && first == 0, opens: opens && first == 0) { entity, score in
                        guard score > 0 else {
                            if isWhole { miss(entity) }
                            return
                        }
                        // Parts of a number count where they are likely, or announced.
                        let isAnnounced = base + from - announced[Int(entity.rawValue)] <= Self.reach
                        guard isWhole || score >= 45 || isAnnounced, !isPart || entity != .phone else { return }
                        add(entity, score, from, run.end)
                        if score >= 45 || isAnnounced { isFound = true }
                    }
                }
                if !isFound { last -= 1 }
            }
            first = isFound ? last + 1 : first + 1
        }
    }
}
