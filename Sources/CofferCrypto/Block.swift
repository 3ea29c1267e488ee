/// Sixteen bytes in two words, in memory order.
struct Block: Equatable {
    var first: UInt64 = 0
    var second: UInt64 = 0

    @inline(__always)
    static func ^ (a: Block, b: Block) -> Block {
        Block(first: a.first ^ b.first, second: a.second ^ b.second)
    }

    /// Sixteen bytes from `source`.
    @inline(__always)
    @unsafe init(loading source: UnsafeRawPointer) {
        unsafe first = source.loadUnaligned(as: UInt64.self)
        unsafe second = source.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// Up to 15 bytes from `source`, then a one bit, then zeros (RFC 4493, 2.4: padding).
    @inline(__always)
    @unsafe init(padding source: UnsafeRawPointer?, count: Int) {
        unsafe Swift.withUnsafeMutableBytes(of: &self) { bytes in
            if count > 0 { unsafe bytes.baseAddress!.copyMemory(from: source!, byteCount: count) }
            unsafe bytes[count] = 0x80
        }
    }

    init(first: UInt64 = 0, second: UInt64 = 0) {
        self.first = first
        self.second = second
    }

    @inline(__always)
    @unsafe func store(to target: UnsafeMutableRawPointer) {
        unsafe target.storeBytes(of: first, as: UInt64.self)
        unsafe target.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
    }

    /// The block times x in GF(2^128), in time that does not depend on it (RFC 4493, 2.3; RFC 5297, 2.3: dbl).
    var doubled: Block {
        let (high, low) = (UInt64(bigEndian: first), UInt64(bigEndian: second))
        let carry = 0 &- (high >> 63)
        return Block(
            first: (high << 1 | low >> 63).bigEndian,
            second: (low << 1 ^ (carry & 0x87)).bigEndian)
    }
}
