import CofferCrypto

extension JWE {
    /// What content is sealed with (RFC 7518, 5).
    public enum Content: String, Sendable, CaseIterable {
        /// AES-128 in Galois/Counter Mode.
        case aes128GCM = "A128GCM"
        /// AES-256 in Galois/Counter Mode.
        case aes256GCM = "A256GCM"
        /// AES-128 in CBC mode and HMAC-SHA-256.
        case aes128CBC = "A128CBC-HS256"
        /// AES-256 in CBC mode and HMAC-SHA-512.
        case aes256CBC = "A256CBC-HS512"

        /// Bytes of a key.
        public var keyByteCount: Int {
            switch self {
            case .aes128GCM: 16
            case .aes256GCM, .aes128CBC: 32
            case .aes256CBC: 64
            }
        }

        var isGCM: Bool { self == .aes128GCM || self == .aes256GCM }
        var ivByteCount: Int { isGCM ? AEAD.nonceByteCount : AESCBC.blockByteCount }
    }
}

extension JWE.Content {
    func seal(
        _ plaintext: [UInt8], under key: borrowing SecretBytes, iv: [UInt8], additionalData: [UInt8]
    ) throws(CryptoError) -> (ciphertext: [UInt8], tag: [UInt8]) {
        guard isGCM else {
            let (mac, cipher) = try parts(of: key)
            let ciphertext = try cipher.seal(plaintext, iv: iv)
            return (ciphertext, tag(mac, additionalData, iv, ciphertext))
        }
        let aead = try AEAD(self == .aes128GCM ? .aes128GCM : .aes256GCM, key: key)
        let sealed = try [UInt8](byteCapacity: plaintext.count + AEAD.tagByteCount) { (output) throws(CryptoError) in
            unsafe try aead.seal(
                plaintext.span.bytes, nonce: iv.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
        return (sealed.dropLast(AEAD.tagByteCount), sealed.suffix(AEAD.tagByteCount))
    }

    /// The plaintext; nil where it is not authentic under this key.
    func open(_ token: JWEToken, under key: borrowing SecretBytes) throws -> [UInt8]? {
        guard key.count == keyByteCount, token.iv.count == ivByteCount else { return nil }
        guard isGCM else {
            let (mac, cipher) = try parts(of: key)
            let expected = tag(mac, token.additionalData, token.iv, token.ciphertext)
            guard unsafe constantTimeEqual(expected.span.bytes, token.tag.span.bytes) else { return nil }
            return try? cipher.open(token.ciphertext, iv: token.iv)
        }
        guard token.tag.count == AEAD.tagByteCount else { return nil }
        let aead = try AEAD(self == .aes128GCM ? .aes128GCM : .aes256GCM, key: key)
        let sealed = token.ciphertext + token.tag
        return try? [UInt8](byteCapacity: sealed.count) { (output) throws(CryptoError) in
            unsafe try aead.open(
                sealed.span.bytes, nonce: token.iv.span.bytes, additionalData: token.additionalData.span.bytes,
                into: &output)
        }
    }

    /// The first half of a key is for the MAC, the second for the cipher (RFC 7518, 5.2.2.1).
    private func parts(of key: borrowing SecretBytes) throws(CryptoError) -> (HMAC, CBC) {
        let half = key.count / 2
        let mac = key.withBytes { SecretBytes(copying: $0.extracting(first: half)) }
        let cipher = key.withBytes { SecretBytes(copying: $0.extracting(last: half)) }
        return (HMAC(self == .aes128CBC ? .sha256 : .sha512, key: mac), CBC(try AESCBC(key: cipher)))
    }

    private func tag(_ mac: HMAC, _ additionalData: [UInt8], _ iv: [UInt8], _ ciphertext: [UInt8]) -> [UInt8] {
        let covered = additionalData + iv + ciphertext + UInt64(additionalData.count * 8).bigEndianBytes
        let tag = unsafe mac.tag(covered.span.bytes)
        return tag.withBytes { tag in
            [UInt8](byteCapacity: tag.byteCount / 2) { $0.append(copying: tag.extracting(first: tag.byteCount / 2)) }
        }
    }

    /// Stands in a tuple, where what can't be copied may not.
    private final class CBC {
        private let cipher: AESCBC

        init(_ cipher: consuming AESCBC) { self.cipher = cipher }

        func seal(_ plaintext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
            try cipher.seal(plaintext, iv: iv)
        }
        func open(_ ciphertext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
            try cipher.open(ciphertext, iv: iv)
        }
    }
}
