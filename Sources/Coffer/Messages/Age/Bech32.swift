/// Bech32 (BIP 173), without its limit on length: keys of age are written so.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    /// The prefix in lower case and the bytes of `text`, all of which is in one case; nil where it is no such text.
    static func decode(_ text: some StringProtocol) -> (prefix: String, bytes: [UInt8])? {
        let (lower, upper) = (text.lowercased(), text.uppercased())
        guard text == lower || text == upper else { return nil }
        let characters = Array(lower.utf8)
        guard characters.count <= 1 << 13, characters.allSatisfy({ (0x21...0x7e).contains($0) }),
            let mark = characters.lastIndex(of: UInt8(ascii: "1")), mark > 0
        else { return nil }
        let prefix = characters[..<mark]
        var values: [UInt8] = []
        for character in characters[(mark + 1)...] {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            values.append(UInt8(value))
        }
        guard values.count >= 6, checksum(of: expanded(prefix) + values) == 1,
            let bytes = regrouped(values.dropLast(6), from: 5, to: 8, isPadded: false)
        else { return nil }
        return (String(decoding: prefix, as: UTF8.self), bytes)
    }

    /// `bytes` in lower case. `prefix` is in lower case.
    static func encode(_ prefix: String, _ bytes: [UInt8]) -> String {
        let values = regrouped(bytes[...], from: 8, to: 5, isPadded: true)!
        let start = expanded(Array(prefix.utf8)[...]) + values
        let sum = checksum(of: start + [0, 0, 0, 0, 0, 0]) ^ 1
        let all = values + (0..<6).map { UInt8(truncatingIfNeeded: sum >> UInt32(25 - 5 * $0)) & 31 }
        return prefix + "1" + String(decoding: all.map { alphabet[Int($0)] }, as: UTF8.self)
    }

    private static func expanded(_ prefix: ArraySlice<UInt8>) -> [UInt8] {
        prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
    }

    private static func checksum(of values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        var sum: UInt32 = 1
        for value in values {
            let top = sum >> 25
            sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
            for i in 0..<5 where top >> UInt32(i) & 1 == 1 { sum ^= generators[i] }
        }
        return sum
    }

    /// The same bits in groups of another size; nil where bits are left over that are no padding.
    private static func regrouped(_ values: ArraySlice<UInt8>, from: Int, to: Int, isPadded: Bool) -> [UInt8]? {
        var (word, bits) = (0, 0)
        var result: [UInt8] = []
        for value in values {
            word = (word << from | Int(value)) & 0xfff
            bits += from
            while bits >= to {
                bits -= to
                result.append(UInt8(truncatingIfNeeded: word >> bits & (1 << to - 1)))
            }
        }
        let rest = word & (1 << bits - 1)
        if isPadded {
            if bits > 0 { result.append(UInt8(truncatingIfNeeded: rest << (to - bits))) }
        } else if bits >= from || rest != 0 {
            return nil
        }
        return result
    }
}
