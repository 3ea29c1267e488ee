import Coffer
import CofferCrypto
import CofferTesting
import Testing

@Suite struct `A file of openssl enc` {
    private static func format(_ cipher: OpenSSLEnc.Cipher = .aes256CBC, passphrase: String = "p") -> OpenSSLEnc {
        var format = OpenSSLEnc(passphrase: secret(Array(passphrase.utf8)))
        format.cipher = cipher
        format.derivation = .pbkdf2(.sha256, iterations: 3)
        return format
    }

    @Test(arguments: OpenSSLEnc.Cipher.allCases)
    func `opens to what was sealed, whatever the length`(cipher: OpenSSLEnc.Cipher) async throws {
        for count in [0, 1, 15, 16, 17, 262_144, 300_000] {
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let (sealed, opened) = (MemorySink(), MemorySink())
            try await Self.format(cipher).seal(MemorySource(plaintext, piece: 70_001), into: sealed)
            #expect(OpenSSLEnc.mayBegin(with: sealed.released))
            try await Self.format(cipher).open(MemorySource(sealed.released, piece: 13_001), into: opened)
            #expect(opened.released == plaintext)
        }
    }

    @Test func `that is cut short never opens whole, and nothing is seen before its end`() async throws {
        let sealed = MemorySink()
        try await Self.format().seal(MemorySource([UInt8](repeating: 1, count: 40)), into: sealed)
        let file = sealed.released
        for count in 0..<file.count {
            let opened = MemorySink()
            do {
                try await Self.format().open(MemorySource(Array(file.prefix(count))), into: opened)
                // CBC that ends on a block may have padding by chance.
                #expect(count % 16 == 0 && count > 16)
            } catch is MessageError {
                #expect(opened.released.isEmpty)
            }
        }
    }

    @Test func `is not written with a key that costs nothing to guess`() async throws {
        var format = Self.format()
        format.derivation = .single(isMD5: false)
        let old = format
        await #expect(throws: MessageError(.invalidArgument, "")) {
            try await old.seal(MemorySource([1]), into: MemorySink())
        }
    }
}
