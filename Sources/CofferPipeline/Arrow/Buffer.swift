/// Memory for a column's buffer: zeroed, 64-byte aligned, freed with its last owner.
@safe final class Buffer: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
        let rounded = max(64, (byteCount + 63) & ~63)
        unsafe start = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: 64)
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: rounded)
    }

    /// Memory that the caller writes whole before anybody reads it: not zeroed beyond its last 64 bytes.
    init(unwritten byteCount: Int) {
        self.byteCount = byteCount
        let rounded = max(64, (byteCount + 63) & ~63)
        unsafe start = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: 64)
        unsafe (start + (rounded - 64)).initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    }

    deinit { unsafe start.deallocate() }
}

/// Bits in Arrow's order: least significant first.
enum Bits {
    @inline(__always)
    static func isSet(_ bits: UnsafeRawPointer, _ i: Int) -> Bool {
        unsafe bits.load(fromByteOffset: i >> 3, as: UInt8.self) & (1 << UInt8(i & 7)) != 0
    }

    @inline(__always)
    static func set(_ bits: UnsafeMutableRawPointer, _ i: Int) {
        let byte = unsafe bits.load(fromByteOffset: i >> 3, as: UInt8.self)
        unsafe bits.storeBytes(of: byte | (1 << UInt8(i & 7)), toByteOffset: i >> 3, as: UInt8.self)
    }

    /// `count` bits from `offset` on, moved to begin at bit 0.
    static func shifted(_ bits: UnsafeRawPointer, from offset: Int, count: Int) -> Buffer {
        let moved = Buffer(byteCount: (count + 7) / 8)
        for i in 0..<count where unsafe isSet(bits, offset + i) { unsafe set(moved.start, i) }
        return moved
    }
}
