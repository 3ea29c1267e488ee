public import Coffer
import CofferCrypto

/// What somebody needs to import key material.
public struct ImportParameters: Hashable, Sendable {
    /// The key that the material is for, by its lasting id.
    public let key: KeyID
    /// What to give back with the material. Its private key is sealed: it opens to whoever has the root key only.
    public let token: [UInt8]
    /// The key to wrap the material with, as SubjectPublicKeyInfo in DER.
    public let publicKey: [UInt8]
    /// Until when both are good, in seconds since 1970.
    public let validTo: Int64
}

extension KeyStore {
    /// How many days ahead imported material may expire.
    public static let expirationDays = 365

    /// A public key to wrap material with and a token, both good for a day, also under the next root keys. RSA keys take
    /// seconds to find.
    public func importParameters(
        for key: KeyID, wrappingAlgorithm: WrappingAlgorithm, wrappingKeySpec: KeySpec
    ) async throws -> ImportParameters {
        try await tend()
        let record = try tables().importableKey(key)
        guard let kind = wrappingKeySpec.pairKind, kind.modulusByteCount != nil else {
            throw KeyError(.invalidArgument, "material is wrapped with RSA, not with \(wrappingKeySpec.rawValue)")
        }
        let spec = try tables().spec(of: record)
        guard spec.modulusByteCount == nil || wrappingAlgorithm.isForAnyLength else {
            throw KeyError(
                .unsupported, "\(wrappingAlgorithm.rawValue) has no room for a key of the kind \(spec.rawValue)",
                hint: "use RSA_AES_KEY_WRAP_SHA_256")
        }
        let pair = await KeyFinder.pair(kind)
        let token = ImportToken(
            key: record.id, algorithm: wrappingAlgorithm, wrappingSpec: wrappingKeySpec,
            validTo: clock() + ImportToken.lifetime)
        return ImportParameters(
            key: record.keyID, token: token.bytes(pair, try state().seal, randomness), publicKey: pair.publicKey.der,
            validTo: token.validTo)
    }

    /// Imports material: `wrapped` under the public key that came with `token`. The first material that a key gets is the
    /// only one it ever takes. With `expires` (seconds since 1970, up to 365 days ahead) it goes by itself then.
    public func importMaterial(
        for key: KeyID, token: [UInt8], wrapped: [UInt8], expires: Int64? = nil
    ) async throws -> KeyDescription {
        try await tend()
        let (state, now) = (try state(), clock())
        let record = try state.tables.importableKey(key)
        if let expires, expires <= now || expires > now + Int64(Self.expirationDays) * 86400 {
            throw KeyError(.invalidArgument, "imported material expires in the future, at most 365 days from now")
        }
        let (parsed, pair) = try ImportToken.open(token, state.tokenKeys)
        guard parsed.key == record.id else { throw KeyError.invalidImportToken }
        guard parsed.validTo > now else {
            throw KeyError(.expiredImportToken, "the import token was good for a day", hint: "ask for new parameters")
        }
        let material = try state.tables.spec(of: record).material(try parsed.algorithm.unwrap(wrapped, pair))
        let randomness = randomness
        return try await change { edit in
            try edit.importMaterial(material, into: try edit.tables.importableKey(key), expires, at: now, randomness)
        }
    }

    /// Deletes imported material for good. The key waits for the same material to be imported again. Nothing happens where
    /// there is none. Refused where a registered catalogue needs it, unless `isForced`.
    public func deleteImportedMaterial(of key: KeyID, isForced: Bool = false) async throws -> KeyDescription {
        try await change { edit in
            let record = try edit.tables.importableKey(key)
            if !isForced { try edit.tables.refuseIfUsed(record, nil, force: "deletes") }
            if let row = edit.tables.imports[record.id] { edit.removeMaterial(of: row) }
            return edit.tables.description(of: record)
        }
    }
}

extension StoredState {
    /// What opens import tokens: of the root key, and of those that were there not long ago.
    fileprivate var tokenKeys: [ImportTokenKey] {
        get throws { try [seal.importTokens] + tables.tokenKeys.records.map(seal.open) }
    }
}

extension Edit {
    /// Has import tokens from before a rotation of the root key be good for as long as they say.
    mutating func keepTokens(of old: StoreSeal, at now: Int64, _ randomness: Randomness) {
        put(
            TokenKeyRecord(
                id: old.rootID, until: now + ImportToken.lifetime,
                sealed: seal.seal(old.importTokens, ofRoot: old.rootID, randomness)))
        let kept = tables.tokenKeys.records.sorted { $0.until > $1.until }
        for old in kept.dropFirst(ImportToken.rootLimit) { remove(TokenKeyRecord.self, old.id) }
    }
}

extension Tables {
    /// The key that `name` names, if material may be imported into it.
    fileprivate func importableKey(_ name: KeyID) throws(KeyError) -> KeyRecord {
        let record = try key(name)
        guard origin(of: record) == .external else {
            throw KeyError(
                .unsupported, "\(name.name) has material that was made here",
                hint: "coffer keys create --origin external makes a key that takes imported material")
        }
        if let deletion = deletions[record.id] { throw .pendingDeletion(name, deletion) }
        return record
    }
}

extension Edit {
    /// Material for a key that had none, or had the same.
    fileprivate mutating func importMaterial(
        _ new: NewMaterial, into key: KeyRecord, _ expires: Int64?, at now: Int64, _ randomness: Randomness
    ) throws(KeyError) -> KeyDescription {
        let digest = new.digest(key.id)
        let known = tables.imports[key.id]
        if let known {
            guard try seal.open(known).isEqual(to: digest) else {
                throw KeyError(
                    .incorrectMaterial, "that is not the material that was imported into this key before",
                    hint: "a key takes one material for good; make a new key for another")
            }
        }
        let material = known?.material ?? randomness.bytes(16)
        let id = VersionRecord.ID(key: key.id, number: 1)
        if tables.versions[id] == nil {
            put(version(id, material, new, at: now, randomness))
            var key = key
            key.isEnabled = true
            put(key)
        }
        put(
            ImportRecord(
                id: key.id, material: material,
                proof: seal.seal(digest, importedInto: key.id, material, randomness), expires: expires ?? 0,
                isErased: true))
        return tables.description(of: tables.keys[key.id] ?? key)
    }

    /// Takes away material that was imported, if it is there.
    mutating func removeMaterial(of row: ImportRecord) {
        let versions = tables.versions.records(of: row.id)
        guard !versions.isEmpty else { return }
        for version in versions { remove(VersionRecord.self, version.id) }
        var row = row
        row.isErased = false
        put(row)
        isToErase = true
    }
}

extension NewMaterial {
    /// What tells later whether material is the same, and tells nothing of it: HMAC-SHA-256 under it.
    fileprivate func digest(_ key: KeyUUID) -> SecretBytes {
        var message = ByteWriter("coffer/import/1")
        message.field(key.bytes)
        return unsafe HMAC(.sha256, key: secret).tag(message.bytes.span.bytes)
    }
}

extension KeySpec {
    /// Material for a key of this kind from outside, in the one form in which the store keeps it.
    fileprivate func material(_ secret: consuming SecretBytes) throws(KeyError) -> NewMaterial {
        if let kind = pairKind {
            guard let pair = try? KeyPair(kind, pkcs8: secret) else {
                throw wrongMaterial("a private key in PKCS#8, DER")
            }
            return NewMaterial(pair.pkcs8)
        }
        guard importedByteCounts.contains(secret.count) else {
            let (least, most) = (importedByteCounts.lowerBound, importedByteCounts.upperBound)
            throw wrongMaterial(least == most ? "\(least) bytes" : "\(least) to \(most) bytes")
        }
        return NewMaterial(secret)
    }

    /// An HMAC key from outside has at least as many bytes as the digest and at most as many as a block.
    private var importedByteCounts: ClosedRange<Int> {
        switch self {
        case .hmac224: 28...64
        case .hmac256: 32...64
        case .hmac384: 48...128
        case .hmac512: 64...128
        default: 32...32
        }
    }

    private func wrongMaterial(_ needed: String) -> KeyError {
        KeyError(
            .incorrectMaterial, "that is not material for a key of the kind \(rawValue)",
            hint: "such a key has \(needed)")
    }
}
