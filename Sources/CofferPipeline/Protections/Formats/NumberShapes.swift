import CofferCrypto

/// A payment card's number (ISO/IEC 7812-1): all digits but the last are encrypted, and the check digit is computed anew.
struct CardShape: FormatShape {
    let ff1: FF1

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        unsafe DigitText.permute(text, into: target, counts: 12...19) { byte in
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-")
        } digits: { digits, count in
            guard unsafe digits[count - 1] == Self.checkDigit(digits, count - 1) else { return false }
            unsafe ff1.permute(digits, count: count - 1, decrypts: decrypts)
            unsafe digits[count - 1] = Self.checkDigit(digits, count - 1)
            return true
        }
    }

    private static func checkDigit(_ digits: UnsafePointer<UInt16>, _ count: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: LuhnDigit.after(0..<count) { unsafe Int(digits[$0]) })
    }
}

/// A Social Security number: area 001 to 899 without 666, group 01 to 99, serial 0001 to 9999. Encrypted to another one.
struct SSNShape: FormatShape {
    private static let (groups, serials): (UInt64, UInt64) = (99, 9999)
    static let count: UInt64 = 898 * 99 * 9999

    let numbers: CycleWalk

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        let isPlain = text.count == 9
        if !isPlain {
            guard text.count == 11, unsafe text[3] == text[6], unsafe text[3] == 0x2d || text[3] == 0x20 else {
                return nil
            }
        }
        return unsafe DigitText.permute(text, into: target, counts: 9...9) { byte in
            !isPlain && (byte == UInt8(ascii: "-") || byte == UInt8(ascii: " "))
        } digits: { digits, _ in
            let area = unsafe DigitText.number(digits, 3)
            let group = unsafe DigitText.number(digits + 3, 2)
            let serial = unsafe DigitText.number(digits + 5, 4)
            guard (1...899).contains(area), area != 666, group > 0, serial > 0 else { return false }
            let index = area < 666 ? area - 1 : area - 2
            var number = (index * Self.groups + group - 1) * Self.serials + serial - 1
            number = numbers.permute(number, decrypts: decrypts)
            unsafe DigitText.write(number % Self.serials + 1, digits + 5, 4)
            number /= Self.serials
            unsafe DigitText.write(number % Self.groups + 1, digits + 3, 2)
            number /= Self.groups
            unsafe DigitText.write(number < 665 ? number + 1 : number + 2, digits, 3)
            return true
        }
    }
}

/// A phone number of 7 to 15 digits: all are encrypted but the code of the country, which a `+` announces.
struct PhoneShape: FormatShape {
    let ff1: FF1

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        let isInternational = unsafe text.first == UInt8(ascii: "+")
        let start = isInternational ? 1 : 0
        let rest = unsafe UnsafeRawBufferPointer(rebasing: text[start...])
        if isInternational { unsafe target.storeBytes(of: UInt8(ascii: "+"), as: UInt8.self) }
        let count = unsafe DigitText.permute(rest, into: target + start, counts: 7...15) { byte in
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"): true
            case UInt8(ascii: "("), UInt8(ascii: ")"): true
            default: false
            }
        } digits: { digits, count in
            guard let code = isInternational ? unsafe Self.codeCount(digits) : 0, ff1.takes(count - code) else {
                return false
            }
            unsafe ff1.permute(digits + code, count: count - code, decrypts: decrypts)
            return true
        }
        return count.map { $0 + start }
    }

    /// The digits of the country's code (ITU-T E.164): one in zones 1 and 7, two where the table says so, else three.
    private static func codeCount(_ digits: UnsafePointer<UInt16>) -> Int? {
        let (first, second) = unsafe (digits[0], digits[1])
        switch first {
        case 0: return nil
        case 1, 7: return 1
        default: return twoDigitCodes[Int(first * 10 + second)] ? 2 : 3
        }
    }

    private static let twoDigitCodes: [Bool] = {
        var isTwo = [Bool](repeating: false, count: 100)
        for code in [20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 81, 82, 84, 86, 98] { isTwo[code] = true }
        for code in Array(43...49) + Array(51...58) + Array(60...66) + Array(90...95) { isTwo[code] = true }
        return isTwo
    }()
}

/// Digits among separators.
enum DigitText {
    /// Hands the digits of `text` to `digits`, which changes them or returns false, and writes them back between what
    /// separates them. Nil where there are other characters or another number of digits.
    @inline(__always)
    static func permute(
        _ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, counts: ClosedRange<Int>,
        separates: (UInt8) -> Bool, digits body: (UnsafeMutablePointer<UInt16>, Int) -> Bool
    ) -> Int? {
        unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: counts.upperBound) { digits in
            let digits = digits.baseAddress!
            var used = 0
            for i in text.indices {
                let byte = unsafe text[i]
                if byte.isDigit {
                    guard used < counts.upperBound else { return nil }
                    unsafe digits[used] = UInt16(byte & 15)
                    used += 1
                } else if !separates(byte) {
                    return nil
                }
            }
            guard counts.contains(used), unsafe body(digits, used) else { return nil }
            used = 0
            for i in text.indices {
                var byte = unsafe text[i]
                if byte.isDigit {
                    byte = unsafe 0x30 | UInt8(truncatingIfNeeded: digits[used])
                    used += 1
                }
                unsafe target.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
            }
            return text.count
        }
    }

    static func number(_ digits: UnsafePointer<UInt16>, _ count: Int) -> UInt64 {
        var number: UInt64 = 0
        for i in 0..<count { number = unsafe number * 10 + UInt64(digits[i]) }
        return number
    }

    static func write(_ number: UInt64, _ digits: UnsafeMutablePointer<UInt16>, _ count: Int) {
        var number = number
        for i in (0..<count).reversed() {
            unsafe digits[i] = UInt16(number % 10)
            number /= 10
        }
    }
}
