import Coffer
import CofferCrypto
import CofferTesting
import Testing

@Suite struct `A JWE token` {
    private static func key(_ count: Int, _ more: String = "") throws -> JWE.Key {
        let text = #"{"kty":"oct","k":"\#(Base64URL.encode(Randomness.system.bytes(count)))"\#(more)}"#
        return try JWE.Key.all(in: secret(Array(text.utf8)))[0]
    }

    private static func seal(_ jwe: JWE, _ plaintext: [UInt8]) async throws -> [UInt8] {
        let sink = MemorySink()
        try await jwe.seal(MemorySource(plaintext, piece: 5), into: sink)
        return sink.released
    }

    private static func open(_ jwe: JWE, _ token: [UInt8]) async throws -> [UInt8] {
        let sink = MemorySink()
        do { try await jwe.open(MemorySource(token, piece: 50), into: sink) } catch {
            #expect(sink.released.isEmpty && !sink.isFinished)
            throw error
        }
        return sink.isFinished ? sink.released : []
    }

    private static func jwe(_ algorithm: JWE.Algorithm, _ content: JWE.Content) throws -> JWE {
        var jwe = JWE(keys: [try key(algorithm == .direct ? content.keyByteCount : 32)])
        (jwe.algorithm, jwe.content) = (algorithm, content)
        return jwe
    }

    @Test(arguments: [JWE.Algorithm.direct, .keyWrap, .gcmKeyWrap], JWE.Content.allCases)
    func `opens to what was sealed, and not with a bit changed or cut short`(
        algorithm: JWE.Algorithm, content: JWE.Content
    ) async throws {
        let jwe = try Self.jwe(algorithm, content)
        for count in [0, 1, 16, 1000] {
            let plaintext = [UInt8](repeating: 7, count: count)
            let token = try await Self.seal(jwe, plaintext)
            #expect(JWE.mayBegin(with: token))
            #expect(try await Self.open(jwe, token + [10]) == plaintext)
            let found = try await JWE.describe(MemorySource(token))
            #expect(found.isWhole == true && found.algorithms == "\(algorithm.rawValue), \(content.rawValue)")
        }
        let token = try await Self.seal(jwe, [1, 2, 3])
        for bit in 0..<token.count * 8 {
            await #expect(throws: MessageError.self, "bit \(bit)") {
                try await Self.open(jwe, token.flipping(bit: bit))
            }
        }
        for count in 0..<token.count {
            await #expect(throws: MessageError.self) { try await Self.open(jwe, Array(token.prefix(count))) }
        }
        for more in [".", "..", "A", "=", "\n\n", " "] {
            await #expect(throws: MessageError.self) { try await Self.open(jwe, token + Array(more.utf8)) }
        }
    }

    @Test func `of another key is refused, and no token opens by an algorithm its key is not for`() async throws {
        let (first, second) = (try Self.jwe(.keyWrap, .aes256GCM), try Self.jwe(.keyWrap, .aes256GCM))
        let token = try await Self.seal(first, [1])
        await #expect(throws: MessageError(.noKey, "")) { try await Self.open(second, token) }
        #expect(try await Self.open(JWE(keys: second.keys + first.keys), token) == [1])
        // A direct token has no encrypted key: one that brings its own is not taken.
        let direct = try Self.jwe(.direct, .aes256GCM)
        var parts = String(decoding: try await Self.seal(direct, [1]), as: UTF8.self).split(
            separator: ".", omittingEmptySubsequences: false)
        parts[1] = "AAAA"
        let changed = Array(parts.joined(separator: ".").utf8)
        await #expect(throws: MessageError(.noKey, "")) { try await Self.open(direct, changed) }
    }

    @Test func `is sealed only with what the key is for`() async throws {
        for (count, more, algorithm, content) in [
            (16, "", JWE.Algorithm.keyWrap, JWE.Content.aes256GCM), (16, "", .direct, .aes256GCM),
            (64, "", .gcmKeyWrap, .aes256CBC), (32, #","alg":"dir""#, .keyWrap, .aes256GCM),
            (32, #","key_ops":["decrypt","unwrapKey"]"#, .keyWrap, .aes256GCM), (32, "", .rsaOAEP, .aes256GCM),
        ] {
            var jwe = JWE(keys: [try Self.key(count, more)])
            (jwe.algorithm, jwe.content) = (algorithm, content)
            let made = jwe
            await #expect(throws: MessageError(.invalidArgument, "")) { try await Self.seal(made, [1]) }
        }
    }

    @Test func `that is too long is refused before it fills the memory`() async throws {
        let jwe = try Self.jwe(.keyWrap, .aes256GCM)
        let long = [UInt8](repeating: 0, count: JWE.maximumByteCount + 1)
        await #expect(throws: MessageError(.tooLong, "")) { try await Self.seal(jwe, long) }
        let endless = Array("eyJ".utf8) + [UInt8](repeating: 0x41, count: 2 * JWE.maximumByteCount)
        await #expect(throws: MessageError(.tooLong, "")) { try await Self.open(jwe, endless) }
    }
}
