import Coffer
import CofferCrypto
import CofferTesting
import Synchronization

/// Keys in memory that are made when they are first named, counted, and can fail.
final class TestKeys: KeyManagementService {
    private struct State {
        var known: Set<String> = ["alias/default", "alias/default-mac"]
        var salt: [UInt8] = []
        var made = 0
        var unwrapped = 0
        var isAway = false
    }

    private let store = InMemoryKMS()
    private let state = Mutex(State())

    var made: Int { state.withLock { $0.made } }
    var unwrapped: Int { state.withLock { $0.unwrapped } }
    func disable(_ name: String) throws { try store.setEnabled(false, KeyID(name)) }
    func rotate(_ name: String) throws { try store.rotate(KeyID(name)) }
    func changeMACKeys() { state.withLock { $0.salt.append(1) } }
    func goAway() { state.withLock { $0.isAway = true } }

    private func named(_ key: KeyID) throws -> KeyID {
        try state.withLock { state in
            if state.isAway { throw KeyError(.unavailable, "the test keys are away") }
            if key.isAlias, state.known.insert(key.name).inserted {
                store.createKey(key.name.hasSuffix("-mac") ? .generateVerifyMAC : .encryptDecrypt, alias: key.name)
            }
        }
        return key
    }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        state.withLock { $0.made += 1 }
        return try await store.generateDataKey(under: named(key), byteCount: byteCount, context: context)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try await store.wrap(plaintext, under: named(key), context: context)
    }

    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        state.withLock { $0.unwrapped += 1 }
        _ = try named(wrapped.key)
        return try await store.unwrap(wrapped, context: context)
    }

    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await store.mac(message + state.withLock { $0.salt }, under: named(key))
    }

    func describe(_ key: KeyID) async throws -> KeyDescription { try await store.describe(named(key)) }
}
