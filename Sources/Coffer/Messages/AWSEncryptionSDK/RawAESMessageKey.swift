public import CofferCrypto

/// An AES key held by its user, who gave it a namespace and a name: the raw AES keyring of the AWS Encryption SDK.
///
/// The encryption context is bound. Data keys get random nonces: take a new key before 2^32 messages.
public struct RawAESMessageKey: MessageKey {
    /// Whose key it is.
    public let namespace: String
    /// The key's name there.
    public let keyName: String
    private let aead: AEAD
    private let randomness: Randomness

    /// A key of 16, 24 or 32 bytes.
    public init(
        namespace: String, name: String, key: borrowing SecretBytes, randomness: Randomness = .system
    ) throws(MessageError) {
        try checkRawNamespace(namespace)
        let algorithm: AEAD.Algorithm
        switch key.count {
        case 16: algorithm = .aes128GCM
        case 24: algorithm = .aes192GCM
        case 32: algorithm = .aes256GCM
        default:
            throw MessageError(.invalidArgument, "an AES key has 16, 24 or 32 bytes, not \(key.count)")
        }
        self.namespace = namespace
        keyName = name
        do { aead = try AEAD(algorithm, key: key) } catch { throw MessageError(.invalidArgument, error.message) }
        self.randomness = randomness
    }

    /// `raw-aes://NAMESPACE/NAME`.
    public var name: String { "raw-aes://\(namespace)/\(keyName)" }

    /// Tag length in bits, nonce length in bytes.
    private static let lengths = UInt32(128).bigEndianBytes + UInt32(12).bigEndianBytes

    /// The key's name in what an encrypted key says of itself; nil where that is not of a raw AES key.
    static func name(in information: [UInt8]) -> String? {
        guard information.count > 20, Array(information[(information.count - 20)...].prefix(8)) == lengths else {
            return nil
        }
        return String(validating: information.dropLast(20), as: UTF8.self)
    }

    /// `dataKey`, bound to `context`.
    public func wrap(_ dataKey: borrowing SecretBytes, context: EncryptionContext) async throws -> EncryptedDataKey {
        let (nonce, data) = (randomness.bytes(AEAD.nonceByteCount), try context.messageBytes())
        let sealed = try dataKey.withBytes { (plaintext) throws(CryptoError) in
            try [UInt8](byteCapacity: plaintext.byteCount + AEAD.tagByteCount) { (output) throws(CryptoError) in
                unsafe try aead.seal(
                    plaintext, nonce: nonce.span.bytes, additionalData: data.span.bytes, into: &output)
            }
        }
        return EncryptedDataKey(
            provider: namespace, information: Array(keyName.utf8) + Self.lengths + nonce, ciphertext: sealed)
    }

    /// This key, where namespace and name are its own.
    public func owner(of key: EncryptedDataKey) async throws -> (any MessageKey)? { names(key) ? self : nil }

    private func names(_ key: EncryptedDataKey) -> Bool {
        let start = Array(keyName.utf8) + Self.lengths
        return key.provider == namespace && key.information.count == start.count + AEAD.nonceByteCount
            && key.information.starts(with: start)
    }

    /// The data key, where namespace, name, key and context are right.
    public func unwrap(_ key: EncryptedDataKey, context: EncryptionContext) async throws -> SecretBytes? {
        guard names(key), key.ciphertext.count > AEAD.tagByteCount else { return nil }
        let nonce = Array(key.information.suffix(AEAD.nonceByteCount))
        let (data, sealed) = (try context.messageBytes(), key.ciphertext)
        return try? SecretBytes(count: sealed.count - AEAD.tagByteCount) { (output) throws(CryptoError) in
            unsafe try aead.open(
                sealed.span.bytes, nonce: nonce.span.bytes, additionalData: data.span.bytes, into: &output)
        }
    }
}

/// Namespaces that begin like this are those of AWS KMS, and those of the embedded store are its own.
func checkRawNamespace(_ namespace: String) throws(MessageError) {
    guard !namespace.isEmpty, !namespace.hasPrefix("aws-kms"), namespace != KMSMessageKey.embeddedProvider else {
        throw MessageError(
            .invalidArgument, "“\(namespace)” can't be the namespace of a raw key", hint: "take a name of your own")
    }
}
