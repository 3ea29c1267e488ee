import CofferCrypto

/// The key of a message's content, made from its data key.
struct ContentKey: ~Copyable {
    let key: SecretBytes
    /// What the message commits to; empty where the suite has no commitment.
    let commitment: [UInt8]

    private init(key: consuming SecretBytes, commitment: [UInt8]) {
        self.key = key
        self.commitment = commitment
    }

    /// What `suite` makes of `dataKey` for this message.
    static func of(
        _ suite: AlgorithmSuite, dataKey: borrowing SecretBytes, messageID: [UInt8]
    ) throws -> ContentKey {
        let commitment = try suite.isCommitting ? commitment(dataKey, messageID) : []
        return ContentKey(key: try key(suite, dataKey, messageID), commitment: commitment)
    }

    private static func key(
        _ suite: AlgorithmSuite, _ dataKey: borrowing SecretBytes, _ messageID: [UInt8]
    ) throws -> SecretBytes {
        switch suite.derivation {
        case .identity:
            return dataKey.copy()
        case .hkdf(let hash):
            return try derive(hash, dataKey, salt: [], info: suite.idBytes + messageID, suite.keyByteCount)
        case .committing:
            let info = suite.idBytes + Array("DERIVEKEY".utf8)
            return try derive(.sha512, dataKey, salt: messageID, info: info, suite.keyByteCount)
        }
    }

    private static func commitment(_ dataKey: borrowing SecretBytes, _ messageID: [UInt8]) throws -> [UInt8] {
        let committed = try derive(.sha512, dataKey, salt: messageID, info: Array("COMMITKEY".utf8), 32)
        return committed.withBytes { bytes in [UInt8](byteCapacity: 32) { $0.append(copying: bytes) } }
    }

    private static func derive(
        _ hash: HashFunction, _ dataKey: borrowing SecretBytes, salt: [UInt8], info: [UInt8], _ count: Int
    ) throws -> SecretBytes {
        unsafe try KeyDerivation.hkdf(hash, key: dataKey, salt: salt.span.bytes, info: info.span.bytes, count: count)
    }
}

extension AEAD {
    /// The tag of no plaintext: what makes a header authentic.
    func tag(nonce: [UInt8], additionalData: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: Self.tagByteCount) { (output) throws(CryptoError) in
            unsafe try seal(
                RawSpan(), nonce: nonce.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
    }
}
