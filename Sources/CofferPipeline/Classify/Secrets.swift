#if canImport(Glibc)
    import Glibc
#endif

/// Keys and tokens: by the prefixes that services give theirs, by form, by entropy.
enum SecretText {
    /// Prefixes, and how many characters of a token follow at least.
    private static let prefixes: [(StaticString, Int)] = [
        ("AKIA", 16), ("ASIA", 16), ("ghp_", 36), ("gho_", 36), ("ghu_", 36), ("ghs_", 36), ("ghr_", 36),
        ("github_pat_", 22), ("glpat-", 20), ("sk_live_", 16), ("sk_test_", 16), ("rk_live_", 16), ("rk_test_", 16),
        ("pk_live_", 16), ("whsec_", 16), ("xoxb-", 10), ("xoxp-", 10), ("xoxa-", 10), ("xoxr-", 10), ("xoxs-", 10),
        ("xapp-", 10), ("AIza", 35), ("ya29.", 20), ("sk-", 32), ("SG.", 40), ("npm_", 36), ("pypi-", 40),
        ("dop_v1_", 40), ("hf_", 30), ("shpat_", 32), ("AGE-SECRET-KEY-1", 40), ("hvs.", 20), ("dp.pt.", 30),
        ("EAAC", 40), ("sq0csp-", 30), ("key-", 32), ("lin_api_", 32), ("vercel_", 20), ("gsk_", 32),
    ]

    /// How sure the token from `start` to `end` is a secret, from 0 to 100; nil where nothing speaks for it.
    static func score(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        for (prefix, rest) in prefixes {
            let count = prefix.utf8CodeUnitCount
            guard end - start >= count + rest, unsafe prefix.utf8Start[0] == text[start] else { continue }
            if (0..<count).allSatisfy({ unsafe prefix.utf8Start[$0] == text[start + $0] }) { return 95 }
        }
        if isJWT(text, start, end) { return 95 }
        return isRandom(text, start, end) ? 45 : nil
    }

    /// A JSON Web Token: three parts in base64url with dots, of which the first two are JSON objects.
    private static func isJWT(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 30, text[start] == 0x65, text[start + 1] == 0x79, text[start + 2] == 0x4a else {
            return false
        }
        guard let dot = (start..<end).first(where: { text[$0] == 0x2e }), dot + 3 < end else { return false }
        return text[dot + 1] == 0x65 && text[dot + 2] == 0x79
    }

    /// Whether a token is as mixed as chance makes them: small and capital letters and digits, and an entropy of 3.7 bits
    /// a character or more. Hashes, UUIDs and words are none.
    private static func isRandom(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let count = end - start
        guard (20...256).contains(count) else { return false }
        var (small, capital, digits, changes, last) = (0, 0, 0, 0, 0)
        var counts: InlineArray<128, UInt16> = .init(repeating: 0)
        for i in start..<end {
            let byte = text[i]
            guard byte < 0x80 else { return false }
            let kind = byte.isNumeral ? 1 : byte.isCapital ? 2 : byte.isLatin ? 3 : 4
            if kind == 1 { digits += 1 } else if kind == 2 { capital += 1 } else if kind == 3 { small += 1 }
            if kind != last { changes += 1 }
            last = kind
            counts[Int(byte)] += 1
        }
        guard small >= 3, capital >= 3, digits >= 2, changes * 3 >= count else { return false }
        var entropy = 0.0
        for i in 0..<128 where counts[i] > 0 {
            let share = Double(counts[i]) / Double(count)
            entropy -= share * log2(share)
        }
        return entropy >= 3.7
    }

    /// The end of a private key in PEM, or of its first line where no last line follows.
    static func pem(_ text: Span<UInt8>, _ start: Int) -> Int? {
        let begin: StaticString = "-----BEGIN "
        guard matches(text, start, begin) else { return nil }
        let limit = min(text.count, start + 80)
        let label: StaticString = "PRIVATE KEY"
        guard let key = (start..<limit).first(where: { matches(text, $0, label) }) else { return nil }
        let last: StaticString = "-----END "
        for at in key..<min(text.count, key + 4096) where text[at] == 0x2d && matches(text, at, last) {
            var end = at + 9
            while end < text.count, text[end] != 0x2d, text[end] != 0x0a { end += 1 }
            while end < text.count, text[end] == 0x2d { end += 1 }
            return end
        }
        return min(text.count, key + 16)
    }

    private static func matches(_ text: Span<UInt8>, _ start: Int, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard start + count <= text.count else { return false }
        for i in 0..<count where unsafe word.utf8Start[i] != text[start + i] { return false }
        return true
    }
}
