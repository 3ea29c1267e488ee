import Coffer
import CofferCrypto
import Synchronization

/// Keys in memory: wraps by AES-GCM under a key made from its name, with the context as additional data.
final class TestKeys: KeyManagementService {
    private struct State {
        var disabled: Set<String> = []
        var version = 1
        var macSecrets: [String: UInt8] = [:]
        var made = 0
        var unwrapped = 0
        var isAway = false
    }

    private let state = Mutex(State())

    var made: Int { state.withLock { $0.made } }
    var unwrapped: Int { state.withLock { $0.unwrapped } }
    func disable(_ name: String) { state.withLock { _ = $0.disabled.insert(name) } }
    func rotate() { state.withLock { $0.version += 1 } }
    func changeMACKey(_ name: String) { state.withLock { $0.macSecrets[name, default: 0] += 1 } }
    func goAway() { state.withLock { $0.isAway = true } }

    private func secret(_ key: KeyID) throws -> SecretBytes {
        let name = key.name.hasPrefix("id-") ? "alias/" + key.name.dropFirst(3) : key.name
        let salt = try state.withLock { state in
            if state.isAway { throw KeyError(.unavailable, "the test keys are away") }
            guard !state.disabled.contains(name) else { throw KeyError(.disabled, "\(name) is disabled") }
            return state.macSecrets[name, default: 0]
        }
        let digest = unsafe Digest.sha256(([salt] + Array(name.utf8)).span.bytes)
        return unsafe SecretBytes(copying: digest.span.bytes)
    }

    private func lasting(_ key: KeyID) throws -> KeyID {
        try KeyID(
            "id-" + (key.name.hasPrefix("alias/") ? String(key.name.dropFirst(6)) : key.name.replacing("id-", with: ""))
        )
    }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        let plaintext = Randomness.system.secret(count: byteCount)
        let wrapped = try await wrap(plaintext, under: key, context: context)
        state.withLock { $0.made += 1 }
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        let aead = try AEAD(.aes256GCM, key: try secret(key))
        let nonce = Randomness.system.bytes(12)
        let additional = context.canonicalBytes
        let bytes = try plaintext.withBytes { plaintext in
            try [UInt8](byteCapacity: 28 + plaintext.byteCount) { output in
                unsafe output.append(copying: nonce.span.bytes)
                try unsafe aead.seal(
                    plaintext, nonce: nonce.span.bytes, additionalData: additional.span.bytes, into: &output)
            }
        }
        return WrappedKey(key: try lasting(key), version: state.withLock { $0.version }, bytes: bytes)
    }

    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        let aead = try AEAD(.aes256GCM, key: try secret(wrapped.key))
        state.withLock { $0.unwrapped += 1 }
        guard wrapped.bytes.count > 28 else { throw KeyError(.notAuthentic, "the wrapped key does not open") }
        let (nonce, sealed) = (Array(wrapped.bytes.prefix(12)), Array(wrapped.bytes.dropFirst(12)))
        let additional = context.canonicalBytes
        do {
            return try SecretBytes(count: sealed.count - 16) { output in
                try unsafe aead.open(
                    sealed.span.bytes, nonce: nonce.span.bytes, additionalData: additional.span.bytes, into: &output)
            }
        } catch { throw KeyError(.notAuthentic, "the wrapped key does not open") }
    }

    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        let hmac = HMAC(.sha256, key: try secret(key))
        return unsafe hmac.tag(message.span.bytes)
    }

    func describe(_ key: KeyID) async throws -> KeyDescription {
        let lasting = try lasting(key)
        let version = state.withLock { $0.version }
        return KeyDescription(
            key: lasting, aliases: ["alias/" + lasting.name.dropFirst(3)],
            usage: lasting.name.hasSuffix("mac") ? .generateVerifyMAC : .encryptDecrypt, isEnabled: true,
            versions: (1...version).map { KeyDescription.Version(number: $0, isEnabled: true, created: 0) }, created: 0)
    }
}
