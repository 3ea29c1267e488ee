import Coffer
import CofferCrypto

/// Keys that live as long as the benchmark, “wrapped” in the clear: how they are wrapped is not what is measured.
struct BenchmarkKeys: KeyManagementService {
    private let macKey: HMAC

    init(_ macKey: HMAC) { self.macKey = macKey }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        let bytes = Randomness.system.bytes(byteCount)
        return DataKey(
            plaintext: unsafe SecretBytes(copying: bytes.span.bytes),
            wrapped: WrappedKey(key: try KeyID("benchmark"), version: 1, bytes: bytes))
    }

    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        unsafe macKey.tag(message.span.bytes)
    }

    func describe(_ key: KeyID) async throws -> KeyDescription {
        let version = KeyDescription.Version(number: 1, isEnabled: true, created: 0)
        return KeyDescription(
            key: try KeyID("benchmark"), aliases: [], usage: .encryptDecrypt, isEnabled: true, versions: [version],
            created: 0)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        throw KeyError(.unavailable, "the benchmark wraps nothing")
    }

    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        unsafe SecretBytes(copying: wrapped.bytes.span.bytes)
    }
}
