import CofferCrypto

/// An e-mail address: the letters and digits of the local part and of the domain are encrypted together, all but the
/// top-level domain; punctuation stays.
///
/// What has no capital letters becomes what has none, over 36 characters. What has some becomes what has some, over 62,
/// encrypted on until it does: the two never meet, so that no two addresses become one.
struct EmailShape: FormatShape {
    let lower, mixed: FF1

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        guard let end = unsafe Self.encryptedCount(text) else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: end) { numerals in
            let numerals = numerals.baseAddress!
            var (used, hasCapitals) = (0, false)
            for i in 0..<end {
                let byte = unsafe text[i]
                guard let numeral = Self.numeral(byte) else {
                    if byte.isSeparator { continue }
                    return nil
                }
                hasCapitals = hasCapitals || numeral >= 36
                unsafe numerals[used] = numeral
                used += 1
            }
            let ff1 = hasCapitals ? mixed : lower
            guard ff1.takes(used) else { return nil }
            repeat {
                unsafe ff1.permute(numerals, count: used, decrypts: decrypts)
            } while unsafe hasCapitals && !Self.hasCapitals(numerals, used)
            used = 0
            for i in text.indices {
                var byte = unsafe text[i]
                if i < end, Self.numeral(byte) != nil {
                    byte = unsafe Self.character(numerals[used])
                    used += 1
                }
                unsafe target.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
            }
            return text.count
        }
    }

    /// The bytes up to the dot before the top-level domain; nil where it is no address.
    private static func encryptedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count <= 320, let at = unsafe text.firstIndex(of: UInt8(ascii: "@")), at > 0,
            let dot = unsafe text.lastIndex(of: UInt8(ascii: ".")), dot > at + 1, text.count - dot > 2
        else { return nil }
        for i in at + 1..<text.count {
            let byte = unsafe text[i]
            let isName = numeral(byte) != nil || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            guard isName, i < dot || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a || i == dot else { return nil }
        }
        for i in 0..<at where unsafe text[i] == 0x20 { return nil }
        return dot
    }

    private static func hasCapitals(_ numerals: UnsafePointer<UInt16>, _ count: Int) -> Bool {
        for i in 0..<count where unsafe numerals[i] >= 36 { return true }
        return false
    }

    /// Digits, then small letters, then capital ones.
    private static func numeral(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte - 0x30)
        case 0x61...0x7a: UInt16(byte - 0x61) + 10
        case 0x41...0x5a: UInt16(byte - 0x41) + 36
        default: nil
        }
    }

    private static func character(_ numeral: UInt16) -> UInt8 {
        let numeral = UInt8(truncatingIfNeeded: numeral)
        return numeral < 10 ? 0x30 + numeral : numeral < 36 ? 0x61 + numeral - 10 : 0x41 + numeral - 36
    }
}
