import Coffer
import CofferCrypto

extension VaultKey {
    /// What it is wrapped with in the vault `id`.
    func context(vault id: String) -> EncryptionContext {
        TokenCipher.context(vault: id, domain: domain, key: self.id)
    }

    /// A fresh data key for a domain, and the cipher that seals under it.
    static func make(
        _ domain: String, under kek: KeyID, vault: String, keys: any KeyManagementService, randomness: Randomness
    ) async throws -> (key: VaultKey, cipher: TokenCipher) {
        let id = randomness.bytes(16)
        let made = try await keys.generateDataKey(
            under: kek, byteCount: 32, context: TokenCipher.context(vault: vault, domain: domain, key: id))
        let key = VaultKey(
            id: id, domain: domain, wrapped: made.wrapped,
            commitment: try FieldFormat.commitment(to: made.plaintext, id: id))
        return (key, try TokenCipher(made.plaintext, vault: vault, domain: domain))
    }

    /// The data key, if the caller allows its KEK and it is the one that was committed to; nil where it may not be had.
    func open(
        vault: String, allowed: AllowedKeys, keys: any KeyManagementService
    ) async throws -> SharedSecret? {
        try await wrapped.open(
            context(vault: vault), id: id, commitment: commitment, allowed: allowed, keys: keys)
    }
}

extension TokenVault {
    /// What the key store is to remember of this vault with `keys` in it: the KEK versions and MAC keys that it needs.
    func keyUse(_ keys: [VaultKey], _ domains: [TokenDomain]) -> KeyUse {
        let wrapping = keys.map { KeyUse.Reference(key: $0.wrapped.key, version: $0.wrapped.version) }
        let macs = domains.map { KeyUse.Reference(key: $0.macKey, version: 1) }
        return KeyUse(
            catalogue: id, location: "\(location), tokens", dataset: "tokens", keys: Set(wrapping + macs),
            wrapped: Set(keys.map(\.wrapped)))
    }
}
