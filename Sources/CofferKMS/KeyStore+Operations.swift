public import Coffer
public import CofferCrypto

extension KeyStore: KeyManagementService {
    /// A fresh data key of `byteCount` bytes (16…64) under the newest version of `key`.
    public func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        guard (16...64).contains(byteCount) else {
            throw KeyError(.invalidArgument, "a data key has 16 to 64 bytes, not \(byteCount)")
        }
        let plaintext = randomness.secret(count: byteCount)
        let wrapped = try await wrap(plaintext, under: key, context: context, as: .generateDataKey)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    /// `plaintext` (1…4096 bytes) under the newest version of `key`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try await wrap(plaintext, under: key, context: context, as: .encrypt)
    }

    private func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext, as operation: KeyOperation
    ) async throws -> WrappedKey {
        try await tend()
        let use = try usable(key, for: .encryptDecrypt)
        try use.check(.symmetricDefault)
        let wrapped = try wrap(plaintext, use, context: context)
        noteUse(of: use.key.id, operation)
        return wrapped
    }

    /// `plaintext` under the newest version of an AES key.
    func wrap(
        _ plaintext: borrowing SecretBytes, _ use: UsableKey, context: EncryptionContext
    ) throws(KeyError) -> WrappedKey {
        guard WrappedKeyFormat.plaintextByteCounts.contains(plaintext.count) else {
            throw KeyError(.invalidArgument, "what is encrypted has 1 to 4096 bytes, not \(plaintext.count)")
        }
        let version = try use.version
        guard let material = try use.material(of: version).wrapping else { throw .altered("a key is of two kinds") }
        let format = WrappedKeyFormat(
            plaintext, key: use.key.id, materialID: version.material, material: material, context: context,
            randomness: randomness)
        return WrappedKey(key: use.key.keyID, version: Int(version.id.number), bytes: format.bytes)
    }

    /// The key inside `wrapped`, given the context it was wrapped with.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try await tend()
        let use = try usable(wrapped.key, for: .encryptDecrypt)
        guard use.spec == .symmetricDefault, let format = WrappedKeyFormat(wrapped.bytes), format.key == use.key.id,
            let version = use.state.tables.versions[.init(key: use.key.id, number: Int64(wrapped.version))],
            version.material == format.material
        else { throw KeyError.wrappedKeyNotAuthentic }
        let unwrapped = try unwrap(format, version, use, context: context)
        noteUse(of: use.key.id, .decrypt)
        return unwrapped.plaintext
    }

    /// The key inside `format`, and the material that it was under.
    func unwrap(
        _ format: WrappedKeyFormat, _ version: VersionRecord, _ use: UsableKey, context: EncryptionContext
    ) throws(KeyError) -> Unwrapped {
        guard version.isEnabled else { throw KeyError.disabled(use.key, version, in: use.state.tables) }
        let material = try use.material(of: version)
        guard let secret = material.wrapping else { throw KeyError.wrappedKeyNotAuthentic }
        return Unwrapped(plaintext: try format.open(secret, context: context), material: material)
    }

    /// HMAC-SHA-256 of `message` (at most 4096 bytes) under a MAC key of the kind HMAC_256.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await mac(message, under: key, algorithm: .hmacSHA256)
    }

    /// What may be known of `key`: its lasting id, what it is for, its versions.
    public func describe(_ key: KeyID) async throws -> KeyDescription {
        try await tend()
        let state = try state()
        return state.description(of: try state.tables.key(key))
    }
}

extension Tables {
    /// The key that `name` names, if it is enabled and for `usage`.
    func usableKey(_ name: KeyID, for usage: KeyDescription.Usage) throws(KeyError) -> KeyRecord {
        let key = try key(name)
        guard key.usage == usage else {
            throw KeyError(
                .wrongUsage, "\(name.name) is \(key.usage.noun), and \(usage.noun) is needed",
                hint: "coffer keys create --usage \(usage.word)")
        }
        if let deletion = deletions[key.id] { throw .pendingDeletion(name, deletion) }
        if isPendingImport(key) { throw .pendingImport(name) }
        guard key.isEnabled else {
            throw KeyError(.disabled, "\(name.name) is disabled", hint: "coffer keys enable \(name.name)")
        }
        return key
    }

    /// The version that wraps.
    func newestVersion(of key: KeyRecord) throws(KeyError) -> VersionRecord {
        guard let version = versions.records(of: key.id).max(by: { $0.id.number < $1.id.number }) else {
            throw .altered("a key has no version")
        }
        guard version.isEnabled else { throw .disabled(key, version, in: self) }
        return version
    }
}

extension Tables {
    /// The version of `key` whose material has this name.
    func version(of key: KeyUUID, material: [UInt8]) -> VersionRecord? {
        versions.records(of: key).first { $0.material == material }
    }
}

/// What was wrapped, and the material that it was under.
struct Unwrapped: ~Copyable {
    let plaintext: SecretBytes
    let material: Material
}

extension KeyDescription.Usage {
    /// What a key for it is called.
    var noun: String {
        switch self {
        case .encryptDecrypt: "an encryption key"
        case .generateVerifyMAC: "a MAC key"
        case .signVerify: "a signing key"
        }
    }

    /// Its word on the command line.
    public var word: String {
        switch self {
        case .encryptDecrypt: "encrypt"
        case .generateVerifyMAC: "mac"
        case .signVerify: "sign"
        }
    }
}

extension KeyError {
    /// There is no material to use.
    static func pendingImport(_ name: KeyID) -> KeyError {
        KeyError(
            .pendingImport, "\(name.name) waits for its material to be imported",
            hint: "coffer keys import \(name.name)")
    }

    /// A version may not be used.
    static func disabled(_ key: KeyRecord, _ version: VersionRecord, in tables: Tables) -> KeyError {
        let name = tables.description(of: key).aliases.first ?? key.id.description
        return KeyError(
            .disabled, "\(name) version \(version.id.number) is disabled",
            hint: "coffer keys enable \(name) --version \(version.id.number)")
    }
}
