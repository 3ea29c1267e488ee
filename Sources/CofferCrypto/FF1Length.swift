/// What FF1 needs for strings of one length and does not depend on their values: the state of the PRF after the first
/// block and the tweak, and the sizes of NIST SP 800-38G Rev. 1, algorithm 7, steps 1 to 5.
struct FF1Length: Sendable {
    /// u, the numerals of the first half. The second has as many, or one more.
    let first: Int
    /// v, the numerals of the second half.
    let second: Int
    /// b, the bytes of a half as a number.
    let byteCount: Int
    /// d, the bytes taken from the PRF.
    let drawnCount: Int
    /// Whether halves, and what they are reduced by, have 64 bits at most.
    let isNarrow: Bool
    /// radix^u and radix^v, where they are narrow.
    let firstModulus, secondModulus: UInt64
    /// The PRF's state when only the last bytes of Q are left to take in.
    let state: Block
    /// Those bytes of Q that come before the round's number: less than a block of tweak and zeros.
    let rest: [UInt8]
    /// The state with `rest` in it, as big-endian words: what the last block is added to where it is one.
    private let high, low: UInt64

    init(count: Int, radix: Int, tweak: [UInt8], cipher: AESKey) {
        first = count / 2
        second = count - count / 2
        (byteCount, isNarrow) = Self.size(radix: radix, numerals: second)
        drawnCount = 4 * ((byteCount + 3) / 4) + 4
        firstModulus = isNarrow ? Self.power(radix, first) : 0
        secondModulus = isNarrow ? Self.power(radix, second) : 0

        var bytes: [UInt8] = [1, 2, 1, UInt8(radix >> 16), UInt8(radix >> 8 & 0xff), UInt8(radix & 0xff), 10]
        bytes.append(UInt8(truncatingIfNeeded: first))
        for number in [count, tweak.count] {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        bytes += tweak
        while (bytes.count + byteCount + 1) % 16 != 0 { bytes.append(0) }
        var state = Block()
        let whole = bytes.count / 16 * 16
        unsafe bytes.withUnsafeBytes { bytes in
            for at in stride(from: 0, to: whole, by: 16) {
                unsafe state = cipher.encrypt(state ^ Block(loading: bytes.baseAddress! + at))
            }
        }
        self.state = state
        rest = Array(bytes[whole...])
        var last = [UInt8](repeating: 0, count: 16)
        for (i, byte) in rest.enumerated() { last[i] = byte }
        let start = unsafe last.withUnsafeBytes { unsafe Block(loading: $0.baseAddress!) } ^ state
        (high, low) = (UInt64(bigEndian: start.first), UInt64(bigEndian: start.second))
    }

    /// The bytes of radix^numerals - 1, and whether radix^numerals itself has 64 bits.
    private static func size(radix: Int, numerals: Int) -> (byteCount: Int, isNarrow: Bool) {
        var limbs: [UInt32] = [1]
        for _ in 0..<numerals {
            var carry: UInt64 = 0
            for i in limbs.indices {
                carry += UInt64(limbs[i]) * UInt64(radix)
                limbs[i] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
        }
        let isNarrow = limbs.count <= 2
        for i in limbs.indices {
            let (difference, borrows) = limbs[i].subtractingReportingOverflow(1)
            limbs[i] = difference
            if !borrows { break }
        }
        while limbs.last == 0 { limbs.removeLast() }
        let bits = limbs.count * 32 - (limbs.last?.leadingZeroBitCount ?? 0)
        return ((bits + 7) / 8, isNarrow)
    }

    private static func power(_ radix: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(1) { product, _ in product * UInt64(radix) }
    }
}

extension FF1Length {
    /// The ten rounds on halves of up to 64 bits.
    ///
    /// The standard swaps the halves after each round; here even rounds change the first and odd ones the second, which is
    /// the same.
    @inline(__always)
    func permute(_ first: UInt64, _ second: UInt64, _ cipher: AESKey, decrypts: Bool) -> (UInt64, UInt64) {
        var (first, second) = (first, second)
        if decrypts {
            for round in stride(from: 8, through: 0, by: -2) {
                second = subtract(draw(first, UInt64(round + 1), secondModulus, cipher), from: second, secondModulus)
                first = subtract(draw(second, UInt64(round), firstModulus, cipher), from: first, firstModulus)
            }
        } else {
            for round in stride(from: 0, to: 10, by: 2) {
                first = add(draw(second, UInt64(round), firstModulus, cipher), first, firstModulus)
                second = add(draw(first, UInt64(round + 1), secondModulus, cipher), second, secondModulus)
            }
        }
        return (first, second)
    }

    /// Steps 6.i to 6.iv: the PRF of `half` and the round's number, reduced. One block.
    @inline(__always)
    private func draw(_ half: UInt64, _ round: UInt64, _ modulus: UInt64, _ cipher: AESKey) -> UInt64 {
        var (high, low) = (high, low ^ half)
        if byteCount == 8 { high ^= round } else { low ^= round << UInt64(8 * byteCount) }
        let drawn = cipher.encrypt(Block(first: high.bigEndian, second: low.bigEndian))
        high = UInt64(bigEndian: drawn.first)
        if drawnCount == 8 { return high % modulus }
        // Twelve bytes: the number is high · 2^32 + the upper half of the second word.
        low = high << 32 | UInt64(bigEndian: drawn.second) >> 32
        return modulus.dividingFullWidth(((high >> 32) % modulus, low)).remainder
    }

    @inline(__always)
    private func add(_ drawn: UInt64, _ half: UInt64, _ modulus: UInt64) -> UInt64 {
        let (sum, overflow) = half.addingReportingOverflow(drawn)
        return overflow || sum >= modulus ? sum &- modulus : sum
    }

    @inline(__always)
    private func subtract(_ drawn: UInt64, from half: UInt64, _ modulus: UInt64) -> UInt64 {
        half >= drawn ? half - drawn : half &- drawn &+ modulus
    }
}
