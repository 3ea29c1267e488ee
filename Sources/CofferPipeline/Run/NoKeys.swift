import Coffer
import CofferCrypto

/// Stands where a policy needs no key; every use is refused.
struct NoKeys: KeyManagementService {
    private var refusal: KeyError { KeyError(.unavailable, "no key store is open") }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) throws -> DataKey {
        throw refusal
    }
    func wrap(_ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext) throws -> WrappedKey {
        throw refusal
    }
    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) throws -> SecretBytes { throw refusal }
    func mac(_ message: [UInt8], under key: KeyID) throws -> SecretBytes { throw refusal }
    func describe(_ key: KeyID) throws -> KeyDescription { throw refusal }
}
