public import CofferCrypto

extension TinkKeyset {
    /// `plaintext` under the primary key, bound to `associatedData`; for keysets of AEAD and deterministic AEAD.
    public func seal(
        _ plaintext: [UInt8], associatedData: [UInt8] = [], randomness: Randomness = .system
    ) async throws -> [UInt8] {
        guard case .remote = primary.primitive else {
            let (start, cipher) = try await begin(randomness)
            return unsafe try cipher.seal(
                plaintext.span.bytes, after: start, associatedData: associatedData, randomness)
        }
        return try await wrap(unsafe SecretBytes(copying: plaintext.span.bytes), associatedData: associatedData)
    }

    /// The plaintext of `message`. A failure says no more than that it does not open, unless no key of the keyset is the one
    /// that the message names.
    public func open(_ message: [UInt8], associatedData: [UInt8] = []) async throws -> [UInt8] {
        try await unseal(message, associatedData).exposed()
    }

    /// What stands in front of a new message, and the cipher that makes it.
    private func begin(_ randomness: Randomness) async throws -> (start: [UInt8], cipher: any TinkCipher) {
        let prefix = primary.info.prefixBytes
        switch primary.primitive {
        case .cipher(let cipher):
            return (prefix, cipher)
        case .envelope(let envelope):
            let (start, cipher) = try await envelope.begin(randomness)
            return (prefix + start, cipher)
        case .remote, .streaming, .mac:
            throw misuse("seals nothing that is held in memory")
        }
    }

    /// ``open(_:associatedData:)`` into memory that is wiped.
    func unseal(_ message: [UInt8], _ associatedData: [UInt8]) async throws -> SecretBytes {
        guard purpose == .aead || purpose == .deterministicAEAD else {
            throw misuse("opens nothing that is held in memory")
        }
        let candidates = candidates(for: message)
        guard !candidates.isEmpty else {
            throw MessageError(
                .noKey, "no key that is enabled in the Tink keyset has the id that the message begins with",
                hint: "coffer inspect shows the ids of a keyset")
        }
        var obstacle: (any Error)?
        for key in candidates {
            do {
                if let opened = try await unseal(message, with: key, associatedData) { return opened }
            } catch let error as CancellationError {
                throw error
            } catch {
                obstacle = obstacle ?? error
            }
        }
        throw obstacle ?? Self.notAuthentic
    }

    private func unseal(_ message: [UInt8], with key: Key, _ associatedData: [UInt8]) async throws -> SecretBytes? {
        let start = key.info.prefixBytes.count
        switch key.primitive {
        case .cipher(let cipher):
            return cipher.open(message, from: start, associatedData: associatedData)
        case .remote(let remote):
            return try await remote.unwrap(Array(message[start...]), associatedData: associatedData)
        case .envelope(let envelope):
            guard let (cipher, start) = try await envelope.cipher(of: message, from: start) else { return nil }
            return cipher.open(message, from: start, associatedData: associatedData)
        case .streaming, .mac:
            return nil
        }
    }

    static var notAuthentic: MessageError {
        MessageError(
            .notAuthentic, MessageError.notAuthentic.message,
            hint: "it needs the keyset that made it, and the same associated data")
    }
}

extension TinkKeyset: TinkKeyWrapper {
    /// `plaintext` as a message of this keyset.
    public func wrap(_ plaintext: borrowing SecretBytes, associatedData: [UInt8]) async throws -> [UInt8] {
        if case .remote(let key) = primary.primitive {
            return primary.info.prefixBytes + (try await key.wrap(plaintext, associatedData: associatedData))
        }
        let (start, cipher) = try await begin(.system)
        return try plaintext.withBytes { (plaintext) throws(CryptoError) in
            try cipher.seal(plaintext, after: start, associatedData: associatedData, .system)
        }
    }

    /// What was sealed; nil where no key of this keyset opens it.
    public func unwrap(_ sealed: [UInt8], associatedData: [UInt8]) async throws -> SecretBytes? {
        do {
            return try await unseal(sealed, associatedData)
        } catch MessageError.Code.notAuthentic {
            return nil
        } catch MessageError.Code.noKey {
            return nil
        }
    }
}
