/// Words, and what begins with a letter.
extension TextScanner {
    mutating func word(_ text: Span<UInt8>, _ start: Int) -> Int {
        if hasAt, let end = NetworkAddress.email(text, start) {
            words.others += 1
            add(.email, 95, start, end)
            return end
        }
        var hash = WordHash()
        var (end, isHex, hasDigit) = (start, true, false)
        while end < text.count, text[end].isWord || (text[end] == 0x27 && end + 1 < text.count && text[end + 1].isLatin)
        {
            let byte = text[end]
            hash.add(byte)
            if byte.isNumeral || byte == 0x5f { hasDigit = true }
            if !byte.isHex { isHex = false }
            end += 1
        }
        let next = end < text.count ? text[end] : 0x20
        if let found = address(text, start, end, next, isHex: isHex) { return found }
        if hasDigit || end - start == 2 || end - start >= 16 || next == 0x2d || next == 0x2e {
            if let found = mixed(text, start, end, hasDigit: hasDigit) { return found }
        }
        if hasDigit {
            words.others += 1
            return end
        }
        let meaning = end - start <= 40 ? lexicon.meaning(hash) : []
        if let entity = meaning.announced { announced[Int(entity.rawValue)] = base + end }
        let isCapital = text[start].isCapital || text[start] >= 0x80
        words.add(meaning, isCapital: isCapital, isShort: end - start == 1)
        if let name = person.word(text, start, end, meaning, isCapital: isCapital) { found.append(name) }
        if let street = Street.address(text, start, end, meaning) {
            // A street may be named after a person, who is not meant.
            while let last = found.last, last.start >= street.start, last.kind == Entity.name.rawValue {
                found.removeLast()
            }
            person.begin()
            add(.address, 65, street.start, street.end)
            words.others += 1
            return max(street.end, end)
        }
        return end
    }

    /// Addresses on networks that begin with this word, by what follows it.
    private mutating func address(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ next: UInt8, isHex: Bool) -> Int? {
        switch next {
        case UInt8(ascii: ":"):
            if end + 2 < text.count, text[end + 1] == 0x2f, text[end + 2] == 0x2f, end - start <= 16,
                let url = NetworkAddress.url(text, end)
            {
                add(.url, 90, start, url.end)
                if url.hasPassword { add(.secret, 92, start, url.end) }
                words.others += 1
                return url.end
            }
            return isHex ? machine(text, start, end) : nil
        case UInt8(ascii: "."):
            if isHex, end - start == 4, let mac = machine(text, start, end) { return mac }
            guard end + 1 < text.count, text[end + 1].isLatin || text[end + 1].isNumeral else { return nil }
            guard start == 0 || text[start - 1] != 0x40, let domain = Domain.score(text, start) else { return nil }
            add(.url, domain.score, start, domain.end)
            words.others += 1
            return domain.end
        case UInt8(ascii: "-"): return isHex && end - start == 2 ? machine(text, start, end) : nil
        default: return nil
        }
    }

    mutating func machine(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        let width = end - start
        if width == 2 || width == 4, let end = NetworkAddress.mac(text, start) {
            add(.mac, 92, start, end)
            return end
        }
        if width <= 4, text[end] == 0x3a, let end = NetworkAddress.ipv6(text, start) {
            add(.ip, 85, start, end)
            return end
        }
        return nil
    }

    /// Letters and digits mixed: numbers with letters, keys and tokens.
    mutating func mixed(_ text: Span<UInt8>, _ start: Int, _ end: Int, hasDigit: Bool) -> Int? {
        if let end = UUIDFinder.end(text, start) { return end }
        if text[start].isLatin, let iban = LetteredID.iban(text, start) {
            if iban.isValid {
                add(.iban, 95, start, iban.end)
                return iban.end
            }
            miss(.iban)
        }
        if let end = LetteredID.nino(text, start) {
            add(.ukNINO, text[start + 2] == 0x20 ? 75 : 65, start, end)
            return end
        }
        if hasDigit || end - start == 1, let dni = LetteredID.dni(text, start) {
            if dni.isValid {
                add(.esDNI, 80, start, dni.end)
                return dni.end
            }
            miss(.esDNI)
        }
        if end - start == 16, let isValid = LetteredID.fiscalCode(text, start) {
            if isValid {
                add(.itFiscalCode, 95, start, end)
                return end
            }
            miss(.itFiscalCode)
        }
        return secret(text, start, end, hasDigit: hasDigit)
    }

    private mutating func secret(_ text: Span<UInt8>, _ start: Int, _ wordEnd: Int, hasDigit: Bool) -> Int? {
        guard start >= lookedAt else { return nil }
        var end = wordEnd
        while end < text.count, text[end].isWord || text[end].isOne(of: "-._+/=~") { end += 1 }
        lookedAt = end
        while end > wordEnd, text[end - 1].isOne(of: "-.") { end -= 1 }
        if end - start >= 16, end - start <= 4096, let score = SecretText.score(text, start, end) {
            add(.secret, score, start, end)
            return end
        }
        // What follows `password: ` or `token=` at once.
        let distance = base + start - announced[Int(Entity.secret.rawValue)]
        guard hasDigit, end - start >= 8, distance >= 1, distance <= 3, text[start - 1] != 0x2d else { return nil }
        let isAssigned = ":=".utf8.contains(text[start - distance])
        guard isAssigned else { return nil }
        add(.secret, 30, start, end)
        return end
    }
}
