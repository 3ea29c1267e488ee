/// Base64 with the URL alphabet and no padding (RFC 4648, section 5), strict: one text for any bytes.
///
/// Decoding refuses padding, spaces, other alphabets and stray bits at the end. Not for secrets: the table look-ups
/// depend on the bytes.
public enum Base64URL {
    /// Characters for `count` bytes.
    public static func encodedCount(_ count: Int) -> Int {
        count / 3 * 4 + [0, 2, 3][count % 3]
    }

    /// Bytes for `count` characters, or nil where no bytes have so many.
    public static func decodedCount(_ count: Int) -> Int? {
        count % 4 == 1 ? nil : count / 4 * 3 + [0, 0, 1, 2][count % 4]
    }

    /// Appends the characters of `bytes`; the room must be there.
    public static func encode(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        unsafe output.appendAlways(count: encodedCount(bytes.byteCount)) { target in
            unsafe encode(bytes.buffer, into: target)
        }
    }

    /// Appends the bytes that `text` stands for; appends nothing when it is malformed.
    public static func decode(_ text: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        guard let count = decodedCount(text.byteCount) else { throw malformed }
        unsafe try output.append(count: count, orThrow: malformed) { target in
            unsafe decode(text.buffer, into: target)
        }
    }

    /// The characters of `bytes`.
    public static func encode(_ bytes: RawSpan) -> String {
        let characters = [UInt8](byteCapacity: encodedCount(bytes.byteCount)) { encode(bytes, into: &$0) }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The characters of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String { unsafe encode(bytes.span.bytes) }

    /// The bytes that `text` stands for.
    public static func decode(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
        let text = Array(text.utf8)
        return try [UInt8](byteCapacity: text.count) { (output) throws(CryptoError) in
            try unsafe decode(text.span.bytes, into: &output)
        }
    }

    private static var malformed: CryptoError {
        CryptoError(.invalidArgument, "the text is not base64url without padding")
    }
}

extension Base64URL {
    /// ``encode(_:into:)`` for hot loops: `target` has room for ``encodedCount(_:)`` characters.
    @unsafe package static func encode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        guard let source = bytes.baseAddress else { return }
        var (from, to) = (0, 0)
        while from + 3 <= bytes.count {
            let word =
                unsafe UInt32(source.load(fromByteOffset: from, as: UInt8.self)) << 16
                | UInt32(source.load(fromByteOffset: from + 1, as: UInt8.self)) << 8
                | UInt32(source.load(fromByteOffset: from + 2, as: UInt8.self))
            let four =
                UInt32(character(word >> 18)) | UInt32(character(word >> 12)) << 8
                | UInt32(character(word >> 6)) << 16 | UInt32(character(word)) << 24
            unsafe target.storeBytes(of: four.littleEndian, toByteOffset: to, as: UInt32.self)
            from += 3
            to += 4
        }
        let rest = bytes.count - from
        guard rest > 0 else { return }
        var word = unsafe UInt32(source.load(fromByteOffset: from, as: UInt8.self)) << 16
        if rest == 2 { unsafe word |= UInt32(source.load(fromByteOffset: from + 1, as: UInt8.self)) << 8 }
        for i in 0...rest {
            unsafe target.storeBytes(of: character(word >> UInt32(18 - 6 * i)), toByteOffset: to + i, as: UInt8.self)
        }
    }

    /// ``decode(_:into:)`` for hot loops: `target` has room for ``decodedCount(_:)`` bytes. False when malformed.
    @unsafe package static func decode(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Bool {
        guard text.count % 4 != 1 else { return false }
        var (from, to) = (0, 0)
        // A value over 63 leaves its top bits here.
        var strange: UInt32 = 0
        while from + 4 <= text.count {
            let (a, b) = unsafe (value(text[from]), value(text[from + 1]))
            let (c, d) = unsafe (value(text[from + 2]), value(text[from + 3]))
            strange |= a | b | c | d
            let word = a << 18 | b << 12 | c << 6 | d
            unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: word >> 16), toByteOffset: to, as: UInt8.self)
            unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: word >> 8), toByteOffset: to + 1, as: UInt8.self)
            unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: to + 2, as: UInt8.self)
            from += 4
            to += 3
        }
        let rest = text.count - from
        if rest > 0 {
            let (a, b) = unsafe (value(text[from]), value(text[from + 1]))
            let c = unsafe rest == 3 ? value(text[from + 2]) : 0
            let word = a << 18 | b << 12 | c << 6
            // Bits that no byte takes must be zero, else two texts would stand for the same bytes.
            guard word & (rest == 2 ? 0xffff : 0xff) == 0 else { return false }
            strange |= a | b | c
            unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: word >> 16), toByteOffset: to, as: UInt8.self)
            if rest == 3 {
                unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: word >> 8), toByteOffset: to + 1, as: UInt8.self)
            }
        }
        return strange < 64
    }

    private static let alphabet: [64 of UInt8] = InlineArray { i in
        switch i {
        case 0..<26: UInt8(ascii: "A") + UInt8(i)
        case 26..<52: UInt8(ascii: "a") + UInt8(i - 26)
        case 52..<62: UInt8(ascii: "0") + UInt8(i - 52)
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }
    private static let values: [256 of UInt8] = InlineArray { i in
        for j in 0..<64 where alphabet[j] == UInt8(i) { return UInt8(j) }
        return 0x80
    }

    @inline(__always)
    private static func character(_ sextet: UInt32) -> UInt8 { unsafe alphabet[unchecked: Int(sextet & 63)] }

    @inline(__always)
    private static func value(_ character: UInt8) -> UInt32 { unsafe UInt32(values[unchecked: Int(character)]) }
}
