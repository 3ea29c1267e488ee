import CofferCrypto

/// The kinds of Tink's keys that are known here, by the ends of their type URLs.
enum TinkKeyType: String, CaseIterable {
    case aesGCM = "AesGcmKey"
    case aesGCMSIV = "AesGcmSivKey"
    case aesEAX = "AesEaxKey"
    case aesCTRHMAC = "AesCtrHmacAeadKey"
    case chaCha20Poly1305 = "ChaCha20Poly1305Key"
    case xChaCha20Poly1305 = "XChaCha20Poly1305Key"
    case xAESGCM = "XAesGcmKey"
    case aesSIV = "AesSivKey"
    case kmsAEAD = "KmsAeadKey"
    case kmsEnvelopeAEAD = "KmsEnvelopeAeadKey"
    case aesGCMHKDFStreaming = "AesGcmHkdfStreamingKey"
    case aesCTRHMACStreaming = "AesCtrHmacStreamingKey"
    case hmac = "HmacKey"
    case aesCMAC = "AesCmacKey"

    static let start = "type.googleapis.com/google.crypto.tink."

    init(url: String) throws(MessageError) {
        guard url.hasPrefix(Self.start), let type = Self(rawValue: String(url.dropFirst(Self.start.count))) else {
            let shown = url.utf8.count <= 200 ? url : "\(url.prefix(200))…"
            throw .keyset(
                "has a key of the kind “\(shown)”, which is not known here",
                hint: "known are \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = type
    }

    /// What a key of this kind does.
    func primitive(
        _ material: borrowing SecretBytes, _ service: (any KeyManagementService)?
    ) throws(MessageError) -> TinkKeyset.Primitive {
        let key = try ProtobufMessage(material)
        guard try key.number(1) == 0 else { throw .keyset("has a key of a version that is not known here") }
        do {
            switch self {
            case .kmsAEAD:
                return .remote(try Self.serviceKey(try key.message(2).text(1), service))
            case .kmsEnvelopeAEAD:
                let parameters = try key.message(2)
                let dataKey = try TinkDataKey(template: try parameters.message(2))
                return .envelope(TinkEnvelope(try Self.serviceKey(try parameters.text(1), service), dataKey))
            case .aesGCMHKDFStreaming, .aesCTRHMACStreaming:
                return .streaming(try TinkStream(key, isCounter: self == .aesCTRHMACStreaming))
            case .hmac:
                let parts = try Self.hmac(key)
                return .mac(.hmac(HMAC(parts.function, key: parts.key.secret), tagByteCount: parts.tagByteCount))
            case .aesCMAC:
                let (secret, count) = (try key.bytes(2), Int(try key.message(3).number32(1)))
                guard [16, 32].contains(secret.secret.count), (10...AESCMAC.byteCount).contains(count) else {
                    throw Self.invalid
                }
                return .mac(.cmac(try AESCMAC(key: secret.secret), tagByteCount: count))
            default:
                return .cipher(try cipher(key))
            }
        } catch let error as MessageError {
            throw error
        } catch {
            throw Self.invalid
        }
    }

    static var invalid: MessageError { .keyset("has a key whose length or parameters are not those of its kind") }

    private static func serviceKey(
        _ uri: String, _ service: (any KeyManagementService)?
    ) throws -> TinkServiceKey {
        let key: KeyID
        do { key = try KeyID(uri) } catch { throw MessageError.keyset("names a key of a key service that is no URI") }
        guard let service else {
            throw MessageError.keyset("needs the key service that holds \(key), and none is at hand")
        }
        return TinkServiceKey(key, in: service)
    }

    /// The bare key of this kind of material, and what a key store calls such a one; nil where it has none.
    func portable(_ material: borrowing SecretBytes) throws(MessageError) -> (spec: KeySpec, material: SharedSecret)? {
        guard self == .aesGCM || self == .hmac else { return nil }
        let message = try ProtobufMessage(material)
        let key = try message.bytes(3)
        guard self == .hmac else { return key.secret.count == 32 ? (.symmetricDefault, key) : nil }
        switch try message.message(2).number(1) {
        case 5: return (.hmac224, key)
        case 3: return (.hmac256, key)
        case 2: return (.hmac384, key)
        case 4: return (.hmac512, key)
        default: return nil
        }
    }

    /// The cipher of a key that seals messages in memory by itself.
    func cipher(_ key: ProtobufMessage) throws -> any TinkCipher {
        let secret = try key.bytes(self == .chaCha20Poly1305 || self == .aesSIV ? 2 : 3)
        let isLong = secret.secret.count == 32
        switch self {
        case .aesGCM:
            return try TinkNonceCipher(isLong ? .aes256GCM : .aes128GCM, key: secret.secret)
        case .aesGCMSIV:
            return try TinkNonceCipher(isLong ? .aes256GCMSIV : .aes128GCMSIV, key: secret.secret)
        case .aesEAX:
            let count = Int(try key.message(2).number32(1))
            return try TinkNonceCipher(
                isLong ? .aes256EAX : .aes128EAX, nonceByteCount: count, key: secret.secret)
        case .chaCha20Poly1305:
            return try TinkNonceCipher(.chaCha20Poly1305, key: secret.secret)
        case .xChaCha20Poly1305:
            return try TinkNonceCipher(.xChaCha20Poly1305, nonceByteCount: 24, key: secret.secret)
        case .xAESGCM:
            return try TinkXAESCipher(saltByteCount: Int(try key.message(2).number32(1)), key: secret.secret)
        case .aesSIV:
            return try TinkSIVCipher(key: secret.secret)
        case .aesCTRHMAC:
            let (counter, mac) = (try key.message(2), try Self.hmac(try key.message(3)))
            let secret = try counter.bytes(3)
            guard try counter.number(1) == 0, [16, 32].contains(secret.secret.count) else { throw Self.invalid }
            return try TinkCounterCipher(
                key: secret.secret, ivByteCount: Int(try counter.message(2).number32(1)), mac.function,
                macKey: mac.key.secret, tagByteCount: mac.tagByteCount)
        default:
            throw Self.invalid
        }
    }

    private static func hmac(
        _ key: ProtobufMessage
    ) throws(MessageError) -> (function: HashFunction, key: SharedSecret, tagByteCount: Int) {
        let (parameters, secret) = (try key.message(2), try key.bytes(3))
        let (function, count) = try hmac(parameters: parameters)
        guard try key.number(1) == 0, secret.secret.count >= 16 else { throw invalid }
        return (function, secret, count)
    }

    /// Hash function and bytes of a tag.
    static func hmac(parameters: ProtobufMessage) throws(MessageError) -> (HashFunction, Int) {
        let (function, count) = (try HashFunction(tink: parameters.number(1)), Int(try parameters.number32(2)))
        guard (10...function.byteCount).contains(count) else { throw invalid }
        return (function, count)
    }
}

extension HashFunction {
    /// By its number in tink/proto/common.proto.
    init(tink number: UInt64) throws(MessageError) {
        switch number {
        case 1: self = .sha1
        case 2: self = .sha384
        case 3: self = .sha256
        case 4: self = .sha512
        case 5: self = .sha224
        default: throw .keyset("has a key with a hash function that is not known here")
        }
    }

    var tinkNumber: UInt8 {
        switch self {
        case .sha1: 1
        case .sha384: 2
        case .sha256: 3
        case .sha512: 4
        case .sha224: 5
        }
    }
}
