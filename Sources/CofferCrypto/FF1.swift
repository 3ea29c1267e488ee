/// Format-preserving encryption: FF1 with AES (NIST SP 800-38G Rev. 1), expanded once and used from any thread.
///
/// A permutation of the strings of one length over `radix` numerals: equal strings become equal strings of the same
/// length. There is no nonce and no tag. Whoever alters a string gets another one, and nothing notices. Which strings are
/// equal, and how long they are, stays visible; a small domain can be tried out by whoever may encrypt.
///
/// A domain has at least 1 000 000 strings (Rev. 1, 5.1), or 100 where that is allowed on purpose. Up to 64 bits a half
/// (38 decimal digits in all) the arithmetic is fixed-size and a string costs ten AES blocks; longer ones cost more.
public final class FF1: Sendable {
    /// Numerals of the longest string.
    public static let maximumCount = 4096
    /// Strings of the smallest domain, unless smaller ones are allowed.
    public static let minimumDomain = 1_000_000
    /// Strings of the smallest domain that may be allowed.
    public static let smallestDomain = 100

    /// The number of numerals.
    public let radix: Int
    /// The numerals of the shortest string: its domain is large enough.
    public let minimumCount: Int
    let cipher: AESKey
    private let tweak: [UInt8]
    /// What does not depend on the value, for short strings, by their length.
    private let lengths: [FF1Length]

    /// Expands `key` (16, 24 or 32 bytes) for strings over `radix` numerals, 2 to 65 536. Another tweak is another
    /// permutation; it is no secret.
    public init(
        key: borrowing SecretBytes, radix: Int, tweak: RawSpan, allowsSmallDomains: Bool = false
    ) throws(CryptoError) {
        guard [16, 24, 32].contains(key.count) else {
            throw CryptoError(.invalidKey, "a key for FF1 has 32 bytes (or 24, or 16), not \(key.count)")
        }
        guard (2...65_536).contains(radix) else {
            throw CryptoError(.invalidArgument, "FF1 takes 2 to 65536 numerals, not \(radix)")
        }
        self.radix = radix
        let needed = allowsSmallDomains ? Self.smallestDomain : Self.minimumDomain
        var (count, domain) = (2, radix * radix)
        while domain < needed { (count, domain) = (count + 1, domain * radix) }
        minimumCount = count
        let cipher = key.withBytes { AESKey($0) }
        self.cipher = cipher
        let bytes = [UInt8](byteCapacity: tweak.byteCount) { $0.append(copying: tweak) }
        self.tweak = bytes
        lengths = (count..<max(count + 1, 129)).map { FF1Length(count: $0, radix: radix, tweak: bytes, cipher: cipher) }
    }

    /// Encrypts numerals in place, each below ``radix``.
    public func encrypt(_ numerals: inout MutableSpan<UInt16>) throws(CryptoError) {
        try permute(&numerals, decrypts: false)
    }

    /// Decrypts numerals in place. Any string is the ciphertext of one.
    public func decrypt(_ numerals: inout MutableSpan<UInt16>) throws(CryptoError) {
        try permute(&numerals, decrypts: true)
    }

    private func permute(_ numerals: inout MutableSpan<UInt16>, decrypts: Bool) throws(CryptoError) {
        guard takes(numerals.count) else {
            throw CryptoError(
                .invalidArgument, "FF1 over \(radix) numerals takes strings of \(minimumCount) to \(Self.maximumCount)")
        }
        for i in numerals.indices where numerals[i] >= radix {
            throw CryptoError(.invalidArgument, "a numeral is not below \(radix)")
        }
        unsafe numerals.withUnsafeMutableBufferPointer { buffer in
            unsafe permute(buffer.baseAddress!, count: buffer.count, decrypts: decrypts)
        }
    }
}

extension FF1 {
    /// Whether strings of `count` numerals have a domain that is large enough.
    package func takes(_ count: Int) -> Bool { (minimumCount...Self.maximumCount).contains(count) }

    private func length(_ count: Int) -> FF1Length {
        let at = count - minimumCount
        return at < lengths.count ? lengths[at] : FF1Length(count: count, radix: radix, tweak: tweak, cipher: cipher)
    }

    /// ``encrypt(_:)`` and ``decrypt(_:)`` for hot loops: the count is one that ``takes(_:)`` allows, and every numeral is
    /// below ``radix``.
    @unsafe package func permute(_ numerals: UnsafeMutablePointer<UInt16>, count: Int, decrypts: Bool) {
        let length = length(count)
        guard length.isNarrow else {
            return unsafe permuteWide(numerals, length, decrypts: decrypts)
        }
        var first: UInt64 = 0
        var second: UInt64 = 0
        let base = UInt64(radix)
        for i in 0..<length.first { first = first &* base &+ UInt64(unsafe numerals[i]) }
        for i in length.first..<count { second = second &* base &+ UInt64(unsafe numerals[i]) }
        (first, second) = length.permute(first, second, cipher, decrypts: decrypts)
        if radix == 10 {
            // A division by a constant is a multiplication.
            for i in (0..<length.first).reversed() {
                unsafe numerals[i] = UInt16(truncatingIfNeeded: first % 10)
                first /= 10
            }
            for i in (length.first..<count).reversed() {
                unsafe numerals[i] = UInt16(truncatingIfNeeded: second % 10)
                second /= 10
            }
            return
        }
        for i in (0..<length.first).reversed() {
            let (quotient, numeral) = first.quotientAndRemainder(dividingBy: base)
            unsafe numerals[i] = UInt16(truncatingIfNeeded: numeral)
            first = quotient
        }
        for i in (length.first..<count).reversed() {
            let (quotient, numeral) = second.quotientAndRemainder(dividingBy: base)
            unsafe numerals[i] = UInt16(truncatingIfNeeded: numeral)
            second = quotient
        }
    }

    /// The same for a number below radix^`count` that stands for its numerals, most significant first. Only for counts
    /// whose halves and whole have 64 bits at most.
    package func permute(_ number: UInt64, count: Int, decrypts: Bool) -> UInt64 {
        let length = length(count)
        precondition(length.isNarrow, "a number of 64 bits has narrow halves")
        let (high, low) = number.quotientAndRemainder(dividingBy: length.secondModulus)
        let (first, second) = length.permute(high, low, cipher, decrypts: decrypts)
        return first &* length.secondModulus &+ second
    }
}
