/// Numbers that hold letters: IBAN and national ids. Each function is given where a word begins and says where the number
/// that stands there ends; nil where none does.
enum LetteredID {
    /// Lengths of IBANs by country (ISO 13616 registry), as they stand there.
    private static let lengths: [UInt16: Int] = {
        let table = """
            AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 \
            ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 \
            LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 \
            PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
            """
        var lengths: [UInt16: Int] = [:]
        for entry in table.split(separator: " ") {
            let bytes = Array(entry.utf8)
            lengths[UInt16(bytes[0]) << 8 | UInt16(bytes[1])] = Int(entry.dropFirst(2))
        }
        return lengths
    }()

    /// The end of an IBAN, plain or in groups, and whether its check digits are right.
    static func iban(_ text: Span<UInt8>, _ start: Int) -> (end: Int, isValid: Bool)? {
        guard start + 15 <= text.count, text[start].isLatin, text[start + 1].isLatin, text[start + 2].isNumeral,
            text[start + 3].isNumeral,
            let length = lengths[UInt16(text[start] & 0xdf) << 8 | UInt16(text[start + 1] & 0xdf)]
        else { return nil }
        var (at, count) = (start, 0)
        while count < length {
            guard at < text.count else { return nil }
            let byte = text[at]
            guard byte.isLatin || byte.isNumeral else {
                guard byte == 0x20 || byte == 0x2d, count.isMultiple(of: 4), text[at - 1] != byte else { return nil }
                at += 1
                continue
            }
            count += 1
            at += 1
        }
        guard at == text.count || !text[at].isWord else { return nil }
        return (at, mod97(text, start, at))
    }

    /// Whether the letters and digits from `start` to `end` pass ISO 7064, MOD 97-10, the first four of them counted last.
    static func mod97(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var (count, rest, head, scale) = (0, 0, 0, 1)
        for i in start..<end where text[i].isLatin || text[i].isNumeral {
            let isDigit = text[i].isNumeral
            let value = isDigit ? Int(text[i] - 0x30) : Int(text[i] & 0xdf) - 0x41 + 10
            if count < 4 {
                head = head * (isDigit ? 10 : 100) + value
                scale *= isDigit ? 10 : 100
            } else {
                rest = (rest * (isDigit ? 10 : 100) + value) % 97
            }
            count += 1
        }
        return count > 4 && (rest * scale + head) % 97 == 1
    }

    /// The end of a UK National Insurance number: two letters, six digits, a letter from A to D, plain or in pairs.
    static func nino(_ text: Span<UInt8>, _ start: Int) -> Int? {
        guard start + 9 <= text.count, text[start].isCapital, text[start + 1].isCapital else { return nil }
        let (first, second) = (text[start], text[start + 1])
        guard !first.isOne(of: "DFIQUV"), !second.isOne(of: "DFIOQUV"),
            !["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(where: { (prefix: StaticString) in
                unsafe prefix.utf8Start[0] == first && prefix.utf8Start[1] == second
            })
        else { return nil }
        var (at, digits) = (start + 2, 0)
        while digits < 6 {
            guard at < text.count else { return nil }
            if text[at] == 0x20, digits.isMultiple(of: 2), text[at - 1] != 0x20 {
                at += 1
                continue
            }
            guard text[at].isNumeral else { return nil }
            digits += 1
            at += 1
        }
        if at < text.count, text[at] == 0x20 { at += 1 }
        guard at < text.count, text[at].isOne(of: "ABCD"), at + 1 == text.count || !text[at + 1].isWord else {
            return nil
        }
        return at + 1
    }

    /// The end of a Spanish DNI (eight digits and a letter) or NIE (X, Y or Z, seven digits and a letter), and whether the
    /// letter is right.
    static func dni(_ text: Span<UInt8>, _ start: Int) -> (end: Int, isValid: Bool)? {
        guard start + 9 <= text.count else { return nil }
        var (at, number, digits) = (start, 0, 0)
        let first = text[start] & 0xdf
        if (0x58...0x5a).contains(first), text[start].isLatin {
            (number, digits, at) = (Int(first - 0x58), 1, start + 1)
            if text[at] == 0x2d { at += 1 }
        }
        while digits < 8 {
            guard at < text.count, text[at].isNumeral else { return nil }
            number = number * 10 + Int(text[at] - 0x30)
            digits += 1
            at += 1
        }
        if at < text.count, text[at] == 0x2d { at += 1 }
        guard at < text.count, text[at].isLatin, at + 1 == text.count || !text[at + 1].isWord else { return nil }
        let letters: StaticString = "TRWAGMYFPDXBNJZSQVHLCKE"
        return (at + 1, unsafe letters.utf8Start[number % 23] == text[at] & 0xdf)
    }

    /// Whether the 16 characters from `start` on are an Italian codice fiscale, and whether its check letter is right.
    static func fiscalCode(_ text: Span<UInt8>, _ start: Int) -> Bool? {
        let letters: StaticString = "AAAAAA00A00A000A"
        guard start + 16 <= text.count else { return nil }
        var sum = 0
        for i in 0..<16 {
            let byte = text[start + i]
            let isLetter = unsafe letters.utf8Start[i] == 0x41
            // Where two people would have one code, letters stand for digits: L M N P Q R S T U V.
            guard isLetter ? byte.isLatin : byte.isNumeral || (byte & 0xdf).isOne(of: "LMNPQRSTUV") else { return nil }
            let value = byte.isNumeral ? Int(byte - 0x30) : Int(byte & 0xdf) - 0x41
            if i == 15 { return sum % 26 == value }
            sum += i.isMultiple(of: 2) ? odd(value) : value
        }
        return nil
    }

    /// What a character at an odd position (counted from 1) adds.
    private static func odd(_ value: Int) -> Int {
        let table: StaticString = "BAFHJNPRTVCESULDGIMOQKWZYX"
        return Int(unsafe table.utf8Start[value]) - 0x41
    }
}
