import CofferCrypto
import Testing

/// What message formats of others need, against the vectors of Project Wycheproof.
@Suite struct `Primitives of other formats` {
    @Test(.enabled(if: Vectors.exist("x25519"), "no vectors: set COFFER_VECTORS"))
    func `agree over Curve25519 as they say, and never on nothing, 518`() throws {
        var count = 0
        for test in try Vectors.wycheproof("x25519").flatMap(\.tests) {
            let shared = try X25519.secret(secret(test.bytes(\.private)), with: test.bytes(\.public))
            let expected = test.bytes(\.shared)
            if expected.allSatisfy({ $0 == 0 }) {
                let isNothing = shared == nil
                #expect(isNothing, "\(test.tcId)")
            } else {
                #expect(shared?.exposed() == expected, "\(test.tcId)")
            }
            count += 1
        }
        #expect(count == 518)
    }

    @Test(.enabled(if: Vectors.exist("aes_wrap"), "no vectors: set COFFER_VECTORS"))
    func `wrap keys without padding as they say, 165`() throws {
        var count = 0
        for test in try Vectors.wycheproof("aes_wrap").flatMap(\.tests) {
            count += 1
            let key = secret(test.bytes(\.key))
            let (plain, wrapped) = (test.bytes(\.msg), test.bytes(\.ct))
            guard test.isValid, plain.count >= 16 else {
                #expect(throws: CryptoError.self, "\(test.tcId)") { _ = try KeyWrap.unwrapWhole(wrapped, under: key) }
                continue
            }
            #expect(try KeyWrap.wrapWhole(secret(plain), under: key) == wrapped, "\(test.tcId)")
            #expect(try KeyWrap.unwrapWhole(wrapped, under: key).exposed() == plain, "\(test.tcId)")
        }
        #expect(count == 165)
    }

    @Test(.enabled(if: Vectors.exist("pbkdf2_hmacsha256"), "no vectors: set COFFER_VECTORS"))
    func `stretch passwords by PBKDF2 as they say`() throws {
        var count = 0
        for test in try Vectors.wycheproof("pbkdf2_hmacsha256").flatMap(\.tests) {
            let (password, salt, key) = (test.bytes(\.password), test.bytes(\.salt), test.bytes(\.dk))
            let iterations = try #require(test.iterationCount)
            // The longest take minutes with an engine that is not optimized.
            guard iterations <= 10_000 else { continue }
            let derived = try unsafe KeyDerivation.pbkdf2(
                .sha256, password: password.span.bytes, salt: salt.span.bytes, iterations: iterations, count: key.count)
            #expect(derived.exposed() == key, "\(test.tcId)")
            count += 1
        }
        #expect(count > 40)
    }

    @Test(.enabled(if: Vectors.exist("aes_cbc_pkcs5"), "no vectors: set COFFER_VECTORS"))
    func `chain blocks as they say, in parts of any size, 216`() throws {
        var count = 0
        for test in try Vectors.wycheproof("aes_cbc_pkcs5").flatMap(\.tests) {
            for piece in [1, 16, 1000] {
                let plaintext = try? run(test, isSealing: false, test.bytes(\.ct), piece)
                #expect(plaintext == (test.isValid ? test.bytes(\.msg) : nil), "\(test.tcId)")
                guard test.isValid else { continue }
                #expect(try run(test, isSealing: true, test.bytes(\.msg), piece) == test.bytes(\.ct), "\(test.tcId)")
            }
            count += 1
        }
        #expect(count == 216)
    }

    private func run(_ test: WycheproofCase, isSealing: Bool, _ input: [UInt8], _ piece: Int) throws -> [UInt8] {
        var stream = try AESStream(.cbc, key: secret(test.bytes(\.key)), iv: test.bytes(\.iv), isSealing: isSealing)
        var result: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: piece) {
            let part = Array(input[start..<min(start + piece, input.count)])
            var target = [UInt8]()
            target = try [UInt8](byteCapacity: part.count + 16) { (output) throws(CryptoError) in
                unsafe try stream.update(part.span.bytes, into: &output)
            }
            result += target
        }
        var last: AESStream? = consume stream
        result += try [UInt8](byteCapacity: 16) { (output) throws(CryptoError) in
            try last.take()!.finish(into: &output)
        }
        return result
    }

    @Test func `seal to a hybrid key what only its holder opens`() throws {
        let (own, other) = (
            try HybridKey(seed: Randomness.system.secret(count: 32)),
            try HybridKey(seed: Randomness.system.secret(count: 32))
        )
        let sealed = try HybridKey.seal(secret([1, 2, 3]), to: own.publicKey, info: [7])
        #expect(own.open(sealed.ciphertext, encapsulated: sealed.encapsulated, info: [7])?.exposed() == [1, 2, 3])
        for (key, ciphertext, encapsulated, info) in [
            (other, sealed.ciphertext, sealed.encapsulated, [UInt8(7)]),
            (own, sealed.ciphertext, sealed.encapsulated, [8]),
            (own, sealed.ciphertext.flipping(bit: 3), sealed.encapsulated, [7]),
            (own, sealed.ciphertext, sealed.encapsulated.flipping(bit: 77), [7]),
            (own, sealed.ciphertext, sealed.encapsulated.flipping(bit: 1119 * 8), [7]),
            (own, Array(sealed.ciphertext.dropLast()), sealed.encapsulated, [7]),
            (own, sealed.ciphertext, Array(sealed.encapsulated.dropLast()), [7]), (own, [], [], [7]),
        ] {
            let isRefused = key.open(ciphertext, encapsulated: encapsulated, info: info) == nil
            #expect(isRefused)
        }
        #expect(throws: CryptoError.self) { try HybridKey.seal(secret([1]), to: [1, 2, 3], info: []) }
    }
}
