import CofferCrypto
import Testing

@Suite struct `Format-preserving encryption` {
    private func cipher(_ radix: Int, small: Bool = false, key: UInt8 = 1, tweak: [UInt8] = []) throws -> FF1 {
        try unsafe FF1(
            key: secret([UInt8](repeating: key, count: 32)), radix: radix, tweak: tweak.span.bytes,
            allowsSmallDomains: small)
    }

    @Test(.enabled(if: Vectors.exist("fpe/nist_ff1_samples.json", in: .root)))
    func `gives the samples of NIST`() throws {
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        for sample in try Vectors.ff1Samples() {
            let tweak = hex(sample.tweak)
            let ff1 = try unsafe FF1(key: secret(hex(sample.key)), radix: sample.radix, tweak: tweak.span.bytes)
            let plain = sample.plaintext.map { UInt16(digits.firstIndex(of: $0)!) }
            let expected = sample.ciphertext.map { UInt16(digits.firstIndex(of: $0)!) }
            #expect(try ff1.encrypted(plain) == expected)
            #expect(try ff1.decrypted(expected) == plain)
        }
    }

    @Test(
        .enabled(if: Vectors.exist("aes_ff1_radix10")), arguments: [10, 26, 36, 62, 256])
    func `stands Wycheproof`(radix: Int) throws {
        var (opened, refused) = (0, 0)
        for group in try Vectors.fpe(radix: radix) {
            for test in group.tests {
                let tweak = hex(test.tweak)
                func make(small: Bool) throws -> FF1 {
                    try unsafe FF1(
                        key: secret(hex(test.key)), radix: radix, tweak: tweak.span.bytes, allowsSmallDomains: small)
                }
                guard test.result == "valid" else {
                    #expect(throws: CryptoError.self, "\(test.tcId)") {
                        _ = try make(small: true).encrypted(test.msg.map { UInt16(exactly: $0) ?? .max })
                    }
                    refused += 1
                    continue
                }
                let (plain, sealed) = (test.msg.map { UInt16($0) }, test.ct.map { UInt16($0) })
                if test.flags.contains("SmallMessageSize") {
                    #expect(throws: CryptoError.self, "\(test.tcId)") { try make(small: false).encrypted(plain) }
                }
                let ff1 = try make(small: test.flags.contains("SmallMessageSize"))
                #expect(try ff1.encrypted(plain) == sealed, "\(test.tcId)")
                #expect(try ff1.decrypted(sealed) == plain, "\(test.tcId)")
                opened += 1
            }
        }
        #expect(opened > 1000 && refused > 200)
    }

    @Test(arguments: [2, 3, 10, 26, 62, 255, 256, 257, 1000, 65_535, 65_536])
    func `comes back, whatever the radix and length`(radix: Int) throws {
        let ff1 = try cipher(radix, tweak: Array("a tweak that is longer than a block".utf8))
        for count in Array(ff1.minimumCount..<(ff1.minimumCount + 70)) + [200, 1001] {
            let plain = Randomness.system.bytes(count * 2).numerals(below: radix)
            let sealed = try ff1.encrypted(plain)
            #expect(sealed != plain && sealed.allSatisfy { $0 < radix })
            #expect(try ff1.decrypted(sealed) == plain)
        }
    }

    @Test func `is a permutation of a whole small domain`() throws {
        for (radix, count) in [(10, 3), (2, 10), (7, 4), (36, 2)] {
            let ff1 = try cipher(radix, small: true)
            let size = (0..<count).reduce(1) { product, _ in product * radix }
            var seen: Set<[UInt16]> = []
            for number in 0..<size {
                var (rest, numerals) = (number, [UInt16](repeating: 0, count: count))
                for i in (0..<count).reversed() { (numerals[i], rest) = (UInt16(rest % radix), rest / radix) }
                seen.insert(try ff1.encrypted(numerals))
            }
            #expect(seen.count == size)
        }
    }

    @Test func `of a number is that of its numerals`() throws {
        for (radix, count) in [(10, 6), (65_536, 4), (1000, 2), (30_000, 4)] {
            let ff1 = try cipher(radix)
            for _ in 0..<50 {
                let numerals = Randomness.system.bytes(count * 2).numerals(below: radix)
                let number = numerals.reduce(UInt64(0)) { $0 * UInt64(radix) + UInt64($1) }
                let sealed = ff1.permute(number, count: count, decrypts: false)
                #expect(try ff1.encrypted(numerals).reduce(0) { $0 * UInt64(radix) + UInt64($1) } == sealed)
                #expect(ff1.permute(sealed, count: count, decrypts: true) == number)
            }
        }
    }

    @Test func `is another under another key, tweak or radix`() throws {
        let plain: [UInt16] = [1, 2, 3, 4, 5, 6, 7, 8]
        let all = [
            try cipher(10), try cipher(10, key: 2), try cipher(10, tweak: [1]), try cipher(10, tweak: [1, 0]),
            try cipher(11),
        ]
        #expect(Set(try all.map { try $0.encrypted(plain) }).count == all.count)
    }

    @Test func `refuses domains under a million, and under a hundred always`() throws {
        #expect(try cipher(10).minimumCount == 6)
        #expect(try cipher(10, small: true).minimumCount == 2)
        #expect(try cipher(2, small: true).minimumCount == 7)
        #expect(try cipher(65_536).minimumCount == 2)
        #expect(throws: CryptoError.self) { try cipher(10).encrypted([1, 2, 3, 4, 5]) }
        #expect(throws: CryptoError.self) { try cipher(10, small: true).encrypted([1]) }
        #expect(throws: CryptoError.self) { try cipher(10).encrypted([UInt16](repeating: 0, count: 4097)) }
    }

    @Test func `refuses what is no numeral, no radix and no key`() throws {
        #expect(throws: CryptoError.self) { try cipher(10).encrypted([1, 2, 3, 4, 5, 10]) }
        for radix in [-1, 0, 1, 65_537] { #expect(throws: CryptoError.self) { try cipher(radix) } }
        for count in [0, 15, 17, 31, 33, 64] {
            let none: [UInt8] = []
            #expect(throws: CryptoError.Code.invalidKey.error) {
                _ = try unsafe FF1(key: Randomness.system.secret(count: count), radix: 10, tweak: none.span.bytes)
            }
        }
    }
}

extension FF1 {
    fileprivate func encrypted(_ numerals: [UInt16]) throws -> [UInt16] {
        var numerals = numerals
        var span = numerals.mutableSpan
        try encrypt(&span)
        return numerals
    }

    fileprivate func decrypted(_ numerals: [UInt16]) throws -> [UInt16] {
        var numerals = numerals
        var span = numerals.mutableSpan
        try decrypt(&span)
        return numerals
    }
}

extension Array where Element == UInt8 {
    fileprivate func numerals(below radix: Int) -> [UInt16] {
        stride(from: 0, to: count, by: 2).map { UInt16((Int(self[$0]) << 8 | Int(self[$0 + 1])) % radix) }
    }
}
