/// FF1 where halves have more than 64 bits.
///
/// Nothing is divided by radix^m: what the PRF gives is turned into m numerals by m divisions by the radix, which is the
/// same number reduced, and added numeral by numeral.
extension FF1 {
    @unsafe func permuteWide(_ numerals: UnsafeMutablePointer<UInt16>, _ length: FF1Length, decrypts: Bool) {
        let tail = length.rest.count + 1 + length.byteCount
        let drawn = (length.drawnCount + 15) / 16 * 16
        unsafe withUnsafeTemporaryAllocation(byteCount: tail + drawn + length.byteCount + 20, alignment: 16) { memory in
            let memory = memory.baseAddress!
            let work = unsafe Workspace(
                tail: memory, tailCount: tail, drawn: memory + tail,
                limbs: UnsafeMutableRawPointer(bitPattern: (UInt(bitPattern: memory + tail + drawn) + 3) & ~3)!
                    .assumingMemoryBound(to: UInt32.self))
            for step in 0..<10 {
                let round = decrypts ? 9 - step : step
                let isEven = round % 2 == 0
                let source = unsafe isEven ? numerals + length.first : numerals
                let target = unsafe isEven ? numerals : numerals + length.first
                let (from, to) = isEven ? (length.second, length.first) : (length.first, length.second)
                unsafe draw(source, from, round, length, work)
                unsafe combine(target, to, length, work, subtracts: decrypts)
            }
        }
    }

    @safe private struct Workspace {
        /// What the PRF takes in last: the rest of the tweak, the round's number, the half.
        let tail: UnsafeMutableRawPointer
        let tailCount: Int
        /// What the PRF gives, in whole blocks.
        let drawn: UnsafeMutableRawPointer
        /// A number of `byteCount` bytes, or of `drawnCount`.
        let limbs: UnsafeMutablePointer<UInt32>
    }

    /// Steps 6.i to 6.iii.
    @unsafe private func draw(
        _ half: UnsafePointer<UInt16>, _ count: Int, _ round: Int, _ length: FF1Length, _ work: Workspace
    ) {
        let limbCount = (length.byteCount + 3) / 4
        let limbs = unsafe work.limbs
        for i in 0..<limbCount { unsafe limbs[i] = 0 }
        for i in 0..<count {
            var carry = UInt64(unsafe half[i])
            for j in 0..<limbCount {
                carry += UInt64(unsafe limbs[j]) * UInt64(radix)
                unsafe limbs[j] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
        }
        let start = length.rest.count
        for i in 0..<start { unsafe work.tail.storeBytes(of: length.rest[i], toByteOffset: i, as: UInt8.self) }
        unsafe work.tail.storeBytes(of: UInt8(round), toByteOffset: start, as: UInt8.self)
        for i in 0..<length.byteCount {
            let byte = unsafe UInt8(truncatingIfNeeded: limbs[i / 4] >> UInt32(i % 4 * 8))
            unsafe work.tail.storeBytes(of: byte, toByteOffset: work.tailCount - 1 - i, as: UInt8.self)
        }
        var state = length.state
        for at in stride(from: 0, to: work.tailCount, by: 16) {
            unsafe state = cipher.encrypt(state ^ Block(loading: work.tail + at))
        }
        unsafe state.store(to: work.drawn)
        var (block, at) = (UInt64(1), 16)
        while at < length.drawnCount {
            let next = cipher.encrypt(state ^ Block(second: block.bigEndian))
            unsafe next.store(to: work.drawn + at)
            (block, at) = (block + 1, at + 16)
        }
    }

    /// Steps 6.iv to 6.vi (or their inverse).
    @unsafe private func combine(
        _ half: UnsafeMutablePointer<UInt16>, _ count: Int, _ length: FF1Length, _ work: Workspace, subtracts: Bool
    ) {
        // Most significant limb first, as the bytes come.
        let limbs = unsafe work.limbs
        let limbCount = length.drawnCount / 4
        for i in 0..<limbCount {
            unsafe limbs[i] = UInt32(bigEndian: work.drawn.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self))
        }
        var carry = 0
        var leading = 0
        for i in (0..<count).reversed() {
            var rest: UInt64 = 0
            for j in leading..<limbCount {
                let part = unsafe rest << 32 | UInt64(limbs[j])
                let (quotient, remainder) = part.quotientAndRemainder(dividingBy: UInt64(radix))
                unsafe limbs[j] = UInt32(truncatingIfNeeded: quotient)
                rest = remainder
            }
            while unsafe leading < limbCount && limbs[leading] == 0 { leading += 1 }
            var numeral = Int(unsafe half[i]) + (subtracts ? -Int(rest) - carry : Int(rest) + carry)
            carry = 0
            if numeral >= radix { (numeral, carry) = (numeral - radix, 1) }
            if numeral < 0 { (numeral, carry) = (numeral + radix, 1) }
            unsafe half[i] = UInt16(truncatingIfNeeded: numeral)
        }
    }
}
