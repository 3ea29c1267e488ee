/// Base64 with padding (RFC 4648, section 4), strict: one text for any bytes. As JSON interfaces write bytes.
///
/// Works character by character without tables, so that neither branches nor addresses depend on the bytes: keys come
/// this way over the wire.
public enum Base64 {
    /// Characters for `count` bytes.
    public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Appends the characters of `bytes`; the room must be there.
    public static func encode(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let rest = min(3, bytes.count - start)
                var word = unsafe UInt32(bytes[start]) << 16
                if rest > 1 { unsafe word |= UInt32(bytes[start + 1]) << 8 }
                if rest > 2 { unsafe word |= UInt32(bytes[start + 2]) }
                for i in 0..<4 {
                    let sextet = UInt8(truncatingIfNeeded: word >> UInt32(18 - 6 * i)) & 63
                    output.append(i <= rest ? character(sextet) : UInt8(ascii: "="))
                }
            }
        }
    }

    /// The characters of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        let characters = [UInt8](byteCapacity: encodedCount(bytes.count)) { output in
            unsafe encode(bytes.span.bytes, into: &output)
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Bytes that `text` stands for, as far as its length and padding tell; nil where no bytes have such a text.
    public static func decodedCount(_ text: RawSpan) -> Int? {
        let count = text.byteCount
        guard count.isMultiple(of: 4) else { return nil }
        guard count > 0 else { return 0 }
        var padding = 0
        while padding < 2, byte(text, count - 1 - padding) == UInt8(ascii: "=") { padding += 1 }
        return count / 4 * 3 - padding
    }

    /// Appends the bytes that `text` stands for. When it is malformed, what was appended before means nothing.
    public static func decode(_ text: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        let failure = CryptoError(.invalidArgument, "the text is not base64 with padding")
        guard let count = decodedCount(text), count <= output.freeCapacity else { throw failure }
        // A value over 63, or a bit that no byte takes, leaves its mark here.
        var strange: UInt32 = 0
        var left = count
        for start in stride(from: 0, to: text.byteCount, by: 4) {
            let taken = min(3, left)
            var word: UInt32 = 0
            for i in 0..<4 {
                let value = i <= taken ? value(byte(text, start + i)) : 0
                strange |= value & ~63
                word = word << 6 | value & 63
            }
            strange |= (word & (0xff_ffff >> UInt32(8 * taken))) << 8
            for i in 0..<taken { output.append(UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * i))) }
            left -= taken
        }
        guard strange == 0 else { throw failure }
    }

    /// The bytes that `text` stands for.
    public static func decode(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
        let text = Array(text.utf8)
        return try [UInt8](byteCapacity: text.count / 4 * 3) { (output) throws(CryptoError) in
            try unsafe decode(text.span.bytes, into: &output)
        }
    }

    private static func byte(_ text: RawSpan, _ i: Int) -> UInt8 {
        unsafe text.unsafeLoad(fromByteOffset: i, as: UInt8.self)
    }

    /// All ones where `a < b`, else 0; both under 256.
    @inline(__always)
    private static func less(_ a: UInt32, _ b: UInt32) -> UInt32 {
        UInt32(bitPattern: Int32(bitPattern: a &- b) >> 31)
    }

    @inline(__always)
    private static func character(_ sextet: UInt8) -> UInt8 {
        // A-Z, then each border passed shifts to the next range: a-z, 0-9, +, /.
        let x = UInt32(sextet)
        let shift =
            65 &+ (less(25, x) & 6) &- (less(51, x) & 75) &- (less(61, x) & 15) &+ (less(62, x) & 3)
        return UInt8(truncatingIfNeeded: x &+ shift)
    }

    @inline(__always)
    private static func value(_ character: UInt8) -> UInt32 {
        let c = UInt32(character)
        func range(_ low: UInt32, _ high: UInt32, _ first: UInt32) -> UInt32 {
            less(low &- 1, c) & less(c, high &+ 1) & (c &- low &+ first &+ 1)
        }
        // Each is its value plus one, or 0; their sum less one is all ones where there is none.
        return range(65, 90, 0) &+ range(97, 122, 26) &+ range(48, 57, 52) &+ range(43, 43, 62) &+ range(47, 47, 63)
            &- 1
    }
}
