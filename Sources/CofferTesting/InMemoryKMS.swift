public import Coffer
public import CofferCrypto
import Synchronization

/// A key management service of plain values: for tests that need keys and no disk. Its material is never wiped.
///
/// `alias/default` and `alias/default-mac` are there from the start.
public final class InMemoryKMS: KeyManagementService, KeyUses {
    private struct Key {
        var description: KeyDescription
        var material: [[UInt8]]
    }

    private struct State {
        var keys: [String: Key] = [:]
        var aliases: [String: String] = [:]
        var uses: [String: KeyUse] = [:]
        var calls = 0
    }

    private let state = Mutex(State())
    private let randomness: Randomness

    /// A service with the two default keys.
    public init(randomness: Randomness = .system) {
        self.randomness = randomness
        createKey(.encryptDecrypt, alias: "alias/default")
        createKey(.generateVerifyMAC, alias: "alias/default-mac")
    }

    /// How many data keys were made, wrapped or unwrapped, and MACs computed.
    public var callCount: Int { state.withLock { $0.calls } }

    /// Makes a key.
    @discardableResult
    public func createKey(_ usage: KeyDescription.Usage, alias: String) -> KeyID {
        let material = randomness.bytes(32)
        return state.withLock { state in
            let name = "memory-\(state.keys.count + 1)"
            let id = try! KeyID(name)
            let description = KeyDescription(
                key: id, aliases: [alias], usage: usage, isEnabled: true,
                versions: [.init(number: 1, isEnabled: true, created: 0)], created: 0)
            state.keys[name] = Key(description: description, material: [material])
            state.aliases[alias] = name
            return id
        }
    }

    /// Adds a version.
    public func rotate(_ key: KeyID) throws {
        let material = randomness.bytes(32)
        try change(key) { key in
            guard key.description.usage == .encryptDecrypt else { throw KeyError(.wrongUsage, "MAC keys don't rotate") }
            key.material.append(material)
            let number = key.description.versions.count + 1
            key.description = key.description.with(
                versions: key.description.versions + [.init(number: number, isEnabled: true, created: 0)])
        }
    }

    /// Enables or disables a key or a version.
    public func setEnabled(_ isEnabled: Bool, _ key: KeyID, version: Int? = nil) throws {
        try change(key) { key in
            let versions = key.description.versions.map {
                $0.number == version ? .init(number: $0.number, isEnabled: isEnabled, created: 0) : $0
            }
            key.description = key.description.with(
                versions: versions, isEnabled: version == nil ? isEnabled : key.description.isEnabled)
        }
    }

    /// A fresh data key under the newest version of `key`.
    public func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        guard (16...64).contains(byteCount) else { throw KeyError(.invalidArgument, "16 to 64 bytes") }
        let plaintext = randomness.secret(count: byteCount)
        let wrapped = try await wrap(plaintext, under: key, context: context)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    /// `plaintext` under the newest version of `key`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        guard (1...4096).contains(plaintext.count) else { throw KeyError(.invalidArgument, "1 to 4096 bytes") }
        let found = try find(key, for: .encryptDecrypt)
        let number = found.description.versions.count
        let material = try material(of: found, version: number)
        let nonce = randomness.bytes(AEAD.nonceByteCount)
        let additional = Self.additional(found, number, context)
        let sealed = try [UInt8](byteCapacity: plaintext.count + AEAD.tagByteCount) { output in
            try plaintext.withBytes { bytes in
                unsafe try Self.aead(material).seal(
                    bytes, nonce: nonce.span.bytes, additionalData: additional.span.bytes, into: &output)
            }
        }
        return WrappedKey(key: found.description.key, version: number, bytes: nonce + sealed)
    }

    /// The key inside `wrapped`.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        let found = try find(wrapped.key, for: .encryptDecrypt)
        let failure = KeyError(.notAuthentic, "the wrapped key does not open with this key and context")
        let count = wrapped.bytes.count - AEAD.nonceByteCount - AEAD.tagByteCount
        guard count > 0, (1...found.material.count).contains(wrapped.version) else { throw failure }
        let material = try material(of: found, version: wrapped.version)
        let nonce = Array(wrapped.bytes[..<AEAD.nonceByteCount])
        let sealed = Array(wrapped.bytes[AEAD.nonceByteCount...])
        let additional = Self.additional(found, wrapped.version, context)
        let aead = try Self.aead(material)
        do {
            return try SecretBytes(count: count) { (output) throws(CryptoError) in
                unsafe try aead.open(
                    sealed.span.bytes, nonce: nonce.span.bytes, additionalData: additional.span.bytes, into: &output)
            }
        } catch {
            throw failure
        }
    }

    /// HMAC-SHA-256 of `message` under a MAC key.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        guard message.count <= 4096 else { throw KeyError(.invalidArgument, "at most 4096 bytes") }
        let found = try find(key, for: .generateVerifyMAC)
        let material = found.material[0]
        let secret = unsafe SecretBytes(copying: material.span.bytes)
        return unsafe HMAC(.sha256, key: secret).tag(message.span.bytes)
    }

    /// What may be known of `key`.
    public func describe(_ key: KeyID) async throws -> KeyDescription { try find(key).description }

    /// Remembers what a catalogue needs.
    public func record(_ use: KeyUse) async throws {
        state.withLock { $0.uses[use.location] = use.keys.isEmpty ? nil : use }
    }

    /// The catalogues that need `key`.
    public func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] {
        let key = try find(key).description.key
        return state.withLock { state in
            state.uses.values.filter { use in
                use.keys.contains { $0.key == key && (version == nil || $0.version == version) }
            }.sorted { $0.location < $1.location }
        }
    }

    private func find(_ name: KeyID) throws -> Key {
        try state.withLock { state in
            guard name.scheme == "coffer", let key = state.keys[state.aliases[name.name] ?? name.name] else {
                throw KeyError(.notFound, "there is no key \(name.name)")
            }
            return key
        }
    }

    private func find(_ name: KeyID, for usage: KeyDescription.Usage) throws -> Key {
        let key = try find(name)
        guard key.description.usage == usage else { throw KeyError(.wrongUsage, "\(name.name) is for another use") }
        guard key.description.isEnabled else { throw KeyError(.disabled, "\(name.name) is disabled") }
        state.withLock { $0.calls += 1 }
        return key
    }

    private func material(of key: Key, version: Int) throws -> [UInt8] {
        guard key.description.versions[version - 1].isEnabled else {
            throw KeyError(.disabled, "version \(version) is disabled")
        }
        return key.material[version - 1]
    }

    private func change(_ name: KeyID, _ body: (inout Key) throws -> Void) throws {
        var key = try find(name)
        try body(&key)
        state.withLock { [key] in $0.keys[key.description.key.name] = key }
    }

    private static func aead(_ material: [UInt8]) throws -> AEAD {
        unsafe try AEAD(.aes256GCM, key: SecretBytes(copying: material.span.bytes))
    }

    private static func additional(_ key: Key, _ version: Int, _ context: EncryptionContext) -> [UInt8] {
        Array("\(key.description.key) \(version) ".utf8) + context.canonicalBytes
    }
}

extension KeyDescription {
    fileprivate func with(versions: [Version], isEnabled: Bool? = nil) -> KeyDescription {
        KeyDescription(
            key: key, aliases: aliases, usage: usage, isEnabled: isEnabled ?? self.isEnabled, versions: versions,
            created: created)
    }
}
