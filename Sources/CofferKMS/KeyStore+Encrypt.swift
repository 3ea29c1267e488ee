public import Coffer
public import CofferCrypto

/// What somebody encrypted, and under what.
public struct Ciphertext: Hashable, Sendable {
    /// The bytes. Under an AES key they name their key and its material; under RSA they don't.
    public let bytes: [UInt8]
    /// The key by its lasting id.
    public let key: KeyID
    /// The id of its material, 64 hexadecimal digits; nil under RSA.
    public let materialID: String?
    /// How.
    public let algorithm: EncryptionAlgorithm
}

/// What was in a ciphertext.
public struct Decrypted: ~Copyable, Sendable {
    /// What was encrypted.
    public let plaintext: SecretBytes
    /// The key by its lasting id.
    public let key: KeyID
    /// The id of its material, 64 hexadecimal digits; nil under RSA.
    public let materialID: String?
    /// How it was encrypted.
    public let algorithm: EncryptionAlgorithm
}

/// A fresh key for data, in the clear and encrypted.
public struct NewDataKey: ~Copyable, Sendable {
    /// The key itself.
    public let plaintext: SecretBytes
    /// The same under its KEK.
    public let ciphertext: Ciphertext
}

extension KeyStore {
    /// Encrypts `plaintext`: 1 to 4096 bytes under an AES key, with `context` bound in; up to what the modulus leaves room
    /// for under RSA, which binds no context. `operation` is what the use is remembered as.
    public func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyID, algorithm: EncryptionAlgorithm = .symmetricDefault,
        context: EncryptionContext = [:], as operation: KeyOperation = .encrypt
    ) async throws -> Ciphertext {
        try await tend()
        let use = try usable(key, for: .encryptDecrypt)
        try use.check(algorithm)
        if let hash = algorithm.hash {
            let bytes = try use.encrypt(plaintext, hash, algorithm, context: context)
            noteUse(of: use.key.id, operation)
            return Ciphertext(bytes: bytes, key: use.key.keyID, materialID: nil, algorithm: algorithm)
        }
        let wrapped = try wrap(plaintext, use, context: context)
        noteUse(of: use.key.id, operation)
        return Ciphertext(
            bytes: wrapped.bytes, key: use.key.keyID, materialID: try use.material.id, algorithm: algorithm)
    }

    /// Decrypts `ciphertext`, which names its key; with `key` that must be this one. RSA needs `key`. What does not open is
    /// ``KeyError/Code/notAuthentic``, whatever is wrong with it.
    public func decrypt(
        _ ciphertext: [UInt8], under key: KeyID? = nil, algorithm: EncryptionAlgorithm = .symmetricDefault,
        context: EncryptionContext = [:], as operation: KeyOperation = .decrypt
    ) async throws -> Decrypted {
        try await tend()
        let state = try state()
        let named = try key.map { try usable($0, for: .encryptDecrypt, in: state) }
        try named?.check(algorithm)
        if let hash = algorithm.hash {
            guard let named else {
                throw KeyError(.invalidArgument, "a ciphertext under RSA does not name its key, so that must be given")
            }
            let plaintext = try named.decrypt(ciphertext, hash, context: context)
            noteUse(of: named.key.id, operation)
            return Decrypted(plaintext: plaintext, key: named.key.keyID, materialID: nil, algorithm: algorithm)
        }
        guard let format = WrappedKeyFormat(ciphertext) else { throw KeyError.wrappedKeyNotAuthentic }
        guard let record = state.tables.keys[format.key] else {
            // That a key was destroyed is no secret, and its way out is to stop trying.
            guard state.tables.destructions[format.key] != nil else { throw KeyError.wrappedKeyNotAuthentic }
            _ = try state.tables.key(format.key.keyID)
            throw KeyError.wrappedKeyNotAuthentic
        }
        if let named, named.key.id != record.id {
            throw KeyError(
                .incorrectKey, "the ciphertext is not under the key that was given",
                hint: "leave the key out, or give the right one")
        }
        let use = try named ?? usable(record.keyID, for: .encryptDecrypt, in: state)
        guard let version = use.state.tables.version(of: record.id, material: format.material) else {
            throw KeyError.wrappedKeyNotAuthentic
        }
        let unwrapped = try unwrap(format, version, use, context: context)
        noteUse(of: record.id, operation)
        let id = unwrapped.material.id
        return Decrypted(plaintext: unwrapped.plaintext, key: record.keyID, materialID: id, algorithm: algorithm)
    }

    /// A fresh data key of 1 to 1024 bytes under the newest version of `key`.
    public func generateDataKey(
        _ byteCount: Int, under key: KeyID, context: EncryptionContext = [:],
        as operation: KeyOperation = .generateDataKey
    ) async throws -> NewDataKey {
        guard (1...1024).contains(byteCount) else {
            throw KeyError(.invalidArgument, "a data key has 1 to 1024 bytes, not \(byteCount)")
        }
        let plaintext = randomness.secret(count: byteCount)
        let ciphertext = try await encrypt(plaintext, under: key, context: context, as: operation)
        return NewDataKey(plaintext: plaintext, ciphertext: ciphertext)
    }
}

extension UsableKey {
    /// A ciphertext of RSA-OAEP.
    fileprivate func encrypt(
        _ plaintext: borrowing SecretBytes, _ hash: OAEPHash, _ algorithm: EncryptionAlgorithm,
        context: EncryptionContext
    ) throws(KeyError) -> [UInt8] {
        try refuse(context)
        let key = try pair.publicKey
        let limit = key.maximumByteCount(hash) ?? 0
        guard plaintext.count >= 1, plaintext.count <= limit, let ciphertext = try? key.encrypt(plaintext, hash) else {
            throw KeyError(
                .invalidArgument,
                "algorithm \(algorithm.rawValue) and key spec \(spec.rawValue) encrypt 1 to \(limit) bytes, not "
                    + "\(plaintext.count)", hint: "encrypt a data key with it, and the data with that")
        }
        return ciphertext
    }

    /// What is in a ciphertext of RSA-OAEP.
    fileprivate func decrypt(
        _ ciphertext: [UInt8], _ hash: OAEPHash, context: EncryptionContext
    ) throws(KeyError) -> SecretBytes {
        try refuse(context)
        do { return try pair.decrypt(ciphertext, hash) } catch { throw .wrappedKeyNotAuthentic }
    }

    private func refuse(_ context: EncryptionContext) throws(KeyError) {
        guard context.pairs.isEmpty else {
            throw KeyError(.invalidArgument, "an encryption context is bound by AES keys only, and this key is RSA")
        }
    }

    /// Its key pair.
    var pair: KeyPair {
        get throws(KeyError) {
            guard let pair = try material.pair else { throw .altered("a key is of two kinds") }
            return pair
        }
    }
}

extension EncryptionAlgorithm {
    /// The hash of RSA-OAEP.
    var hash: OAEPHash? {
        switch self {
        case .symmetricDefault: nil
        case .rsaOAEPSHA1: .sha1
        case .rsaOAEPSHA256: .sha256
        }
    }
}
