import CofferCrypto
import CofferTesting
import Testing

@Suite struct `Random bytes` {
    @Test func `of the system never repeat`() {
        #expect(Set((0..<1000).map { _ in Randomness.system.bytes(16) }).count == 1000)
    }

    @Test(arguments: [0, 1, 7, 64, 100_000])
    func `are as many as asked`(count: Int) {
        #expect(Randomness.system.bytes(count).count == count)
        #expect(Randomness.system.secret(count: count).count == count)
    }

    @Test func `for tests are the same for the same seed, and go on`() {
        let (a, b) = (Randomness.fixed(seed: 1), Randomness.fixed(seed: 1))
        let first = a.bytes(32)
        #expect(first == b.bytes(32))
        #expect(a.bytes(32) != first)
        #expect(Randomness.fixed(seed: 2).bytes(32) != first)
    }
}

@Suite struct `Comparison in constant time` {
    @Test func `finds any difference`() {
        let bytes = Randomness.system.bytes(40)
        #expect(equal(bytes, bytes))
        #expect(equal([], []))
        for bit in 0..<bytes.count * 8 { #expect(!equal(bytes, bytes.flipping(bit: bit))) }
        for count in 0..<bytes.count { #expect(!equal(bytes, Array(bytes.prefix(count)))) }
    }

    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        unsafe constantTimeEqual(a.span.bytes, b.span.bytes)
    }
}
