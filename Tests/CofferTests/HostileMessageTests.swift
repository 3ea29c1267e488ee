import Coffer
import CofferCrypto
import CofferTesting
import Testing

@Suite struct `Bytes that claim to be a message` {
    private static let formats: [any MessageFormat.Type] = [
        AWSEncryptionSDK.self, Tink.self, Age.self, Fernet.self, OpenSSLEnc.self, JWE.self,
    ]

    /// How messages of all formats begin, and lengths that lie.
    private static let beginnings: [[UInt8]] = [
        [2, 0x04, 0x78], [2, 0x05, 0x78], [1, 0x80, 0x01, 0x78], [1, 0x80, 0x03, 0x78],
        Array("age-encryption.org/v1\n-> X25519 ".utf8), Array("-----BEGIN AGE ENCRYPTED FILE-----\n".utf8),
        Array("gAAAA".utf8), Array("Salted__".utf8), Array("eyJhbGciOiJkaXIi".utf8), [0xff, 0xff, 0xff, 0xff],
    ]

    @Test(arguments: 0..<20)
    func `are described or refused, whatever they are`(round: Int) async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            var bytes = Self.beginnings.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 0..<6, using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes += Randomness.system.bytes(Int.random(in: 0..<200, using: &generator))
                case 1: bytes += [UInt8](repeating: 0xff, count: Int.random(in: 0..<9, using: &generator))
                case 2: bytes += [UInt8](repeating: 0, count: Int.random(in: 0..<40, using: &generator))
                default: bytes += Self.beginnings.randomElement(using: &generator)!
                }
            }
            for format in Self.formats {
                let source = MemorySource(bytes, piece: Int.random(in: 1...64, using: &generator))
                do {
                    let found = try await format.describe(source)
                    #expect(found.format == format.name)
                } catch is MessageError {
                    // Refused in a sentence.
                }
            }
        }
    }
}
