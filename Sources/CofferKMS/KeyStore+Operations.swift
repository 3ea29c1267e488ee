public import Coffer
public import CofferCrypto

extension KeyStore: KeyManagementService {
    /// A fresh data key of `byteCount` bytes (16…64) under the newest version of `key`.
    public func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        guard (16...64).contains(byteCount) else {
            throw KeyError(.invalidArgument, "a data key has 16 to 64 bytes, not \(byteCount)")
        }
        let plaintext = randomness.secret(count: byteCount)
        let wrapped = try await wrap(plaintext, under: key, context: context, as: .dataKey)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    /// `plaintext` (1…4096 bytes) under the newest version of `key`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try await wrap(plaintext, under: key, context: context, as: .wrap)
    }

    private func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext,
        as operation: LastUses.Operation
    ) async throws -> WrappedKey {
        guard WrappedKeyFormat.plaintextByteCounts.contains(plaintext.count) else {
            throw KeyError(.invalidArgument, "a key to be wrapped has 1 to 4096 bytes, not \(plaintext.count)")
        }
        try await tend()
        let state = try state()
        let tables = state.tables
        let record = try tables.usableKey(key, for: .encryptDecrypt)
        let version = try tables.newestVersion(of: record)
        let wrapped = WrappedKeyFormat(
            plaintext, key: record.id, materialID: version.material, material: try material(of: version, state.seal),
            context: context, randomness: randomness)
        noteUse(of: record.id, operation)
        return WrappedKey(key: record.id.keyID, version: Int(version.id.number), bytes: wrapped.bytes)
    }

    /// The key inside `wrapped`, given the context it was wrapped with.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try await tend()
        let state = try state()
        let tables = state.tables
        let record = try tables.usableKey(wrapped.key, for: .encryptDecrypt)
        guard let format = WrappedKeyFormat(wrapped.bytes), format.key == record.id,
            let version = tables.versions[.init(key: record.id, number: Int64(wrapped.version))],
            version.material == format.material
        else { throw KeyError.wrappedKeyNotAuthentic }
        guard version.isEnabled else { throw KeyError.disabled(record, version, in: tables) }
        let plaintext = try format.open(try material(of: version, state.seal), context: context)
        noteUse(of: record.id, .unwrap)
        return plaintext
    }

    /// HMAC-SHA-256 of `message` (at most 4096 bytes) under a MAC key.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        guard message.count <= 4096 else {
            throw KeyError(.invalidArgument, "a message for a MAC has at most 4096 bytes, not \(message.count)")
        }
        try await tend()
        let state = try state()
        let tables = state.tables
        let record = try tables.usableKey(key, for: .generateVerifyMAC)
        let mac = try material(of: try tables.newestVersion(of: record), state.seal).mac(message)
        noteUse(of: record.id, .mac)
        return mac
    }

    /// What may be known of `key`: its lasting id, what it is for, its versions.
    public func describe(_ key: KeyID) async throws -> KeyDescription {
        try await tend()
        let tables = try tables()
        return tables.description(of: try tables.key(key))
    }
}

extension Tables {
    /// The key that `name` names, if it is enabled and for `usage`.
    func usableKey(_ name: KeyID, for usage: KeyDescription.Usage) throws(KeyError) -> KeyRecord {
        let key = try key(name)
        guard key.usage == usage else {
            let (found, need) =
                usage == .encryptDecrypt
                ? ("a MAC key", "an encryption key") : ("an encryption key", "a MAC key")
            throw KeyError(
                .wrongUsage, "\(name.name) is \(found), and \(need) is needed",
                hint: "coffer keys create --usage \(usage == .encryptDecrypt ? "encrypt" : "mac")")
        }
        if let deletion = deletions[key.id] { throw .pendingDeletion(name, deletion) }
        guard key.isEnabled else {
            throw KeyError(.disabled, "\(name.name) is disabled", hint: "coffer keys enable \(name.name)")
        }
        return key
    }

    /// The version that wraps.
    func newestVersion(of key: KeyRecord) throws(KeyError) -> VersionRecord {
        guard let version = versions(of: key.id).last else { throw .altered("a key has no version") }
        guard version.isEnabled else { throw .disabled(key, version, in: self) }
        return version
    }
}

extension KeyError {
    /// A version may not be used.
    static func disabled(_ key: KeyRecord, _ version: VersionRecord, in tables: Tables) -> KeyError {
        let name = tables.description(of: key).aliases.first ?? key.id.description
        return KeyError(
            .disabled, "\(name) version \(version.id.number) is disabled",
            hint: "coffer keys enable \(name) --version \(version.id.number)")
    }
}
