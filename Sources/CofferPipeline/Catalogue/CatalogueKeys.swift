import Coffer
import CofferCrypto

extension Catalogue.Key {
    /// The data key, if the caller allows its KEK, the KEK may be used, and the key is the one that was committed to; nil
    /// where it may not be had, whatever the reason. Throws only where it can't be known: the key service is away.
    func open(
        dataset: String, allowed: AllowedKeys, keys: any KeyManagementService
    ) async throws -> SharedSecret? {
        try await wrapped.open(
            FieldFormat.context(dataset: dataset, key: id, suite: suite, tenant: tenant), id: id,
            commitment: commitment, allowed: allowed, keys: keys)
    }
}

extension WrappedKey {
    /// The data key `id` inside, as ``Catalogue/Key/open(dataset:allowed:keys:)`` gives it.
    func open(
        _ context: EncryptionContext, id: [UInt8], commitment: [UInt8], allowed: AllowedKeys,
        keys: any KeyManagementService
    ) async throws -> SharedSecret? {
        guard try await allowed.allow(key, keys: keys) else { return nil }
        do {
            let secret = SharedSecret(try await keys.unwrap(self, context: context))
            guard secret.bytes.count == AEAD.keyByteCount else { return nil }
            let found = try FieldFormat.commitment(to: secret.bytes, id: id)
            return unsafe constantTimeEqual(found.span.bytes, commitment.span.bytes) ? secret : nil
        } catch let error as KeyError {
            switch error.code {
            case .unavailable, .storeRefused: throw error
            default: return nil
            }
        }
    }
}

extension Catalogue.Domain {
    /// The cipher of deterministic cells, if the caller allows its MAC key and it is the one that was used; nil otherwise.
    func open(allowed: AllowedKeys, keys: any KeyManagementService) async throws -> AESSIV? {
        guard let domain = try await openKey(allowed: allowed, keys: keys), purpose == .deterministic else {
            return nil
        }
        return try AESSIV(key: domain.derived.key)
    }

    /// The domain's key, if the caller allows its MAC key and it is the one that was used; nil otherwise.
    func openKey(allowed: AllowedKeys, keys: any KeyManagementService) async throws -> OpenDomain? {
        guard try await allowed.allow(macKey, keys: keys) else { return nil }
        do {
            let derived = try await DomainKey.derive(purpose, domain: name, under: macKey, keys: keys)
            return derived.check == check ? OpenDomain(derived) : nil
        } catch let error as KeyError {
            switch error.code {
            case .unavailable, .storeRefused: throw error
            default: return nil
            }
        }
    }
}

/// A domain's key that several columns use.
final class OpenDomain: Sendable {
    let derived: DomainKey.Derived
    init(_ derived: consuming DomainKey.Derived) { self.derived = derived }
}
