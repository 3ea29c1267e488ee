import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Testing

@Suite struct `A Fernet token` {
    struct Vector: Decodable {
        let desc: String?
        let token: String
        let now: String
        let ttl: Int64?
        let iv: [UInt8]?
        let src: String?
        let secret: String

        enum CodingKeys: String, CodingKey { case desc, token, now, ttl = "ttl_sec", iv, src, secret }

        private static func giving(_ bytes: [UInt8]) -> Randomness {
            Randomness { span in
                for i in span.byteOffsets { span.storeBytes(of: bytes[i], toByteOffset: i, as: UInt8.self) }
            }
        }

        func format() throws -> Fernet {
            let now = Int64(try Date(now, strategy: .iso8601).timeIntervalSince1970)
            let key = try Fernet.Key(CofferTests.secret(Array(secret.utf8)))
            let randomness = iv.map { Self.giving($0) } ?? .system
            var fernet = Fernet(keys: [key], clock: { now }, randomness: randomness)
            fernet.lifetime = ttl
            return fernet
        }
    }

    private static func vectors(_ name: String) throws -> [Vector] {
        let file = MessageVectors.folder.deletingLastPathComponent().appending(path: "fernet/\(name).json")
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
    }

    private static var exist: Bool {
        FileManager.default.fileExists(
            atPath: MessageVectors.folder.deletingLastPathComponent().appending(path: "fernet/verify.json").path)
    }

    private static func open(_ fernet: Fernet, _ token: [UInt8]) async throws -> [UInt8] {
        let sink = MemorySink()
        try await fernet.open(MemorySource(token, piece: 5), into: sink)
        return sink.isFinished ? sink.released : []
    }

    private static func seal(_ fernet: Fernet, _ plaintext: [UInt8]) async throws -> [UInt8] {
        let sink = MemorySink()
        try await fernet.seal(MemorySource(plaintext, piece: 5), into: sink)
        return sink.released
    }

    @Test(.enabled(if: exist, "no fernet among the vectors"))
    func `has the bytes that were published, 10`() async throws {
        var count = 0
        for vector in try Self.vectors("generate") {
            #expect(try await Self.seal(vector.format(), Array(vector.src!.utf8)) == Array(vector.token.utf8))
            count += 1
        }
        for vector in try Self.vectors("verify") {
            #expect(try await Self.open(vector.format(), Array(vector.token.utf8)) == Array(vector.src!.utf8))
            count += 1
        }
        for vector in try Self.vectors("invalid") {
            let fernet = try vector.format()
            await #expect(throws: MessageError.self, "\(vector.desc ?? "")") {
                try await Self.open(fernet, Array(vector.token.utf8))
            }
            count += 1
        }
        #expect(count == 10)
    }

    private static func key() throws -> Fernet.Key {
        try Fernet.Key(secret(Array(Base64URL.encode(Randomness.system.bytes(32)).utf8)))
    }

    @Test func `opens with any of its keys, and does not with a bit flipped, cut short or another key`() async throws {
        let (own, other) = (try Self.key(), try Self.key())
        let fernet = Fernet(keys: [own], clock: { 1_700_000_000 })
        for count in [0, 1, 15, 16, 1000] {
            let plaintext = [UInt8](repeating: 7, count: count)
            let token = try await Self.seal(fernet, plaintext)
            #expect(Fernet.mayBegin(with: token))
            #expect(try await Self.open(Fernet(keys: [other, own], clock: { 0 }), token + [10]) == plaintext)
            await #expect(throws: MessageError(.notAuthentic, "")) {
                try await Self.open(Fernet(keys: [other], clock: { 0 }), token)
            }
        }
        let token = try await Self.seal(fernet, [1, 2, 3])
        for bit in 0..<token.count * 8 {
            await #expect(throws: MessageError.self) { try await Self.open(fernet, token.flipping(bit: bit)) }
        }
        for count in 0..<token.count {
            await #expect(throws: MessageError.self) { try await Self.open(fernet, Array(token.prefix(count))) }
        }
    }

    @Test func `is refused when it is too old, or from the future`() async throws {
        let key = try Self.key()
        let token = try await Self.seal(Fernet(keys: [key], clock: { 1000 }), [1])
        for (now, isOpen) in [(Int64(1000), true), (1060, true), (1061, false), (940, true), (939, false)] {
            var fernet = Fernet(keys: [key], clock: { now })
            fernet.lifetime = 60
            let reader = fernet
            let opened = try? await Self.open(reader, token)
            #expect((opened == [1]) == isOpen, "at \(now)")
        }
    }
}
