import CofferCrypto
import Foundation
import Testing

@Suite(.serialized) struct `Secret bytes` {
    @Test func `hold what was written, then zeros`() {
        let key = SecretBytes(count: 5) { output in
            output.append(1)
            output.append(2)
        }
        #expect(key.count == 5)
        #expect(key.exposed() == [1, 2, 0, 0, 0])
    }

    @Test(arguments: [0, 1, 15, 16, 17, 64, 10_000])
    func `copy what they are made from`(count: Int) {
        let bytes = Randomness.system.bytes(count)
        let key = secret(bytes)
        #expect(key.exposed() == bytes)
        #expect(key.copy().exposed() == bytes)
    }

    @Test func `are equal when every byte is`() {
        let bytes = Randomness.system.bytes(32)
        let key = secret(bytes)
        let isSame = key.isEqual(to: secret(bytes))
        #expect(isSame)
        for bit in 0..<bytes.count * 8 {
            let isSame = key.isEqual(to: secret(bytes.flipping(bit: bit)))
            #expect(!isSame)
        }
        let isPrefix = key.isEqual(to: secret(Array(bytes.prefix(31))))
        #expect(!isPrefix)
        let isEmpty = secret([]).isEqual(to: secret([]))
        #expect(isEmpty)
    }

    @Test func `are kept apart from a copy that goes`() {
        let bytes = Randomness.system.bytes(32)
        let key = secret(bytes)
        do { _ = key.copy() }
        #expect(key.exposed() == bytes)
    }

    private struct Interrupted: Error {}

    @Test func `are wiped from memory when they go`() throws {
        let bytes = Randomness.system.bytes(512)
        var address = 0
        do {
            let key = secret(bytes)
            address = key.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress!) }
            }
            #expect(try Memory.read(at: address, count: 512) == bytes, "the test sees the memory it means")
        }
        #expect(try !Memory.read(at: address, count: 512).contains(bytes.suffix(400)))
        #expect(try Memory.read(at: address, count: 512).suffix(400) != bytes.suffix(400))
    }

    @Test func `are wiped when what writes them fails`() throws {
        let bytes = Randomness.system.bytes(512)
        var address = 0
        #expect(throws: Interrupted.self) {
            _ = try SecretBytes(count: 512) { output in
                unsafe output.append(copying: bytes.span.bytes)
                unsafe output.withUnsafeMutableBytes { buffer, _ in address = Int(bitPattern: buffer.baseAddress!) }
                throw Interrupted()
            }
        }
        #expect(try Memory.read(at: address, count: 512).suffix(400) != bytes.suffix(400))
    }
}

/// The memory of this process as the kernel sees it: reading what was freed is defined there.
private enum Memory {
    static func read(at address: Int, count: Int) throws -> [UInt8] {
        let memory = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/mem"))
        defer { try? memory.close() }
        try memory.seek(toOffset: UInt64(address))
        return try Array(memory.read(upToCount: count) ?? Data())
    }
}
