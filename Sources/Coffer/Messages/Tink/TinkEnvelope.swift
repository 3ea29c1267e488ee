import CofferCrypto

/// Tink's KMS envelope AEAD: u32 length ‖ sealed data key ‖ message under that key. The key service never sees the
/// associated data: only the message is bound to it.
struct TinkEnvelope: Sendable {
    static let maximumKeyByteCount = 4096
    private let kek: any TinkKeyWrapper
    private let dataKey: TinkDataKey

    init(_ kek: any TinkKeyWrapper, _ dataKey: TinkDataKey) { (self.kek, self.dataKey) = (kek, dataKey) }

    /// What stands in front of a new message, and the cipher that makes it.
    func begin(_ randomness: Randomness) async throws -> (start: [UInt8], cipher: any TinkCipher) {
        let key = dataKey.generate(randomness)
        let sealed = try await kek.wrap(key, associatedData: [])
        guard sealed.count <= Self.maximumKeyByteCount else {
            throw MessageError(.tooLong, "the sealed data key has more than \(Self.maximumKeyByteCount) bytes")
        }
        return (UInt32(sealed.count).bigEndianBytes + sealed, try dataKey.cipher(key))
    }

    /// The cipher that opens `message`, which begins at `start`, and where that which it opens begins; nil where none does.
    func cipher(of message: [UInt8], from start: Int) async throws -> (cipher: any TinkCipher, start: Int)? {
        let rest = message[start...]
        guard rest.count >= 4 else { return nil }
        let count = Int(UInt32(bigEndian: rest.prefix(4)))
        guard count <= Self.maximumKeyByteCount, count <= rest.count - 4 else { return nil }
        let sealed = Array(rest.dropFirst(4).prefix(count))
        guard let key = try await kek.unwrap(sealed, associatedData: []), let cipher = try? dataKey.cipher(key) else {
            return nil
        }
        return (cipher, start + 4 + count)
    }
}

/// The kind of key that an envelope makes for each message.
public struct TinkDataKey: Sendable {
    /// What stands in front of the fields with random bytes, and how many of those there are: a key in protobuf.
    private struct Part {
        let bytes: [UInt8]
        let secret: Int
    }
    private let type: TinkKeyType
    private let parts: [Part]

    /// AES-256-GCM: what Tink's examples use.
    public static let aes256GCM = TinkDataKey(.aesGCM, [Part(bytes: [0x1a, 32], secret: 32)])

    private init(_ type: TinkKeyType, _ parts: [Part]) { (self.type, self.parts) = (type, parts) }

    /// The kinds of Tink's templates, by their names.
    public static let named: [String: TinkDataKey] = [
        "AES128_GCM": gcm(.aesGCM, 16), "AES256_GCM": aes256GCM, "AES128_GCM_SIV": gcm(.aesGCMSIV, 16),
        "AES256_GCM_SIV": gcm(.aesGCMSIV, 32), "XCHACHA20_POLY1305": gcm(.xChaCha20Poly1305, 32),
        "AES128_EAX": eax(16, iv: 16), "AES256_EAX": eax(32, iv: 16),
        "AES128_CTR_HMAC_SHA256": counter(16, iv: 16, .sha256, macKey: 32, tag: 16),
        "AES256_CTR_HMAC_SHA256": counter(32, iv: 16, .sha256, macKey: 32, tag: 32),
    ]

    private static func gcm(_ type: TinkKeyType, _ count: UInt8) -> TinkDataKey {
        TinkDataKey(type, [Part(bytes: [0x1a, count], secret: Int(count))])
    }

    private static func eax(_ count: UInt8, iv: UInt8) -> TinkDataKey {
        TinkDataKey(.aesEAX, [Part(bytes: [0x12, 2, 0x08, iv, 0x1a, count], secret: Int(count))])
    }

    private static func counter(
        _ count: UInt8, iv: UInt8, _ function: HashFunction, macKey: UInt8, tag: UInt8
    ) -> TinkDataKey {
        let cipher: [UInt8] = [0x12, count + 6, 0x12, 2, 0x08, iv, 0x1a, count]
        let mac: [UInt8] = [0x1a, macKey + 8, 0x12, 4, 0x08, function.tinkNumber, 0x10, tag, 0x1a, macKey]
        return TinkDataKey(
            .aesCTRHMAC, [Part(bytes: cipher, secret: Int(count)), Part(bytes: mac, secret: Int(macKey))])
    }

    /// The kind that a keyset says: a `KeyTemplate` of tink/proto/tink.proto.
    init(template: ProtobufMessage) throws(MessageError) {
        let type = try TinkKeyType(url: try template.text(1))
        let format = try template.message(2)
        func small(_ number: UInt32, _ range: ClosedRange<UInt32>) throws(MessageError) -> UInt8 {
            guard range.contains(number) else { throw TinkKeyType.invalid }
            return UInt8(number)
        }
        switch type {
        case .aesGCM, .aesGCMSIV:
            self = Self.gcm(type, try small(try format.number32(2), 16...32))
        case .xChaCha20Poly1305:
            self = Self.gcm(type, 32)
        case .aesEAX:
            let iv = try small(try format.message(1).number32(1), 12...16)
            self = Self.eax(try small(try format.number32(2), 16...32), iv: iv)
        case .aesCTRHMAC:
            let (cipher, mac) = (try format.message(1), try format.message(2))
            let (function, tag) = try TinkKeyType.hmac(parameters: try mac.message(1))
            self = Self.counter(
                try small(try cipher.number32(2), 16...32), iv: try small(try cipher.message(1).number32(1), 12...16),
                function, macKey: try small(try mac.number32(2), 16...100), tag: try small(UInt32(tag), 10...64))
        default:
            throw .keyset("makes data keys of the kind \(type.rawValue), which envelopes don't have")
        }
        // What a cipher refuses is refused before a message is sealed or opened.
        do { _ = try cipher(generate(.system)) } catch { throw TinkKeyType.invalid }
    }

    /// A new key in protobuf.
    func generate(_ randomness: Randomness) -> SecretBytes {
        SecretBytes(count: parts.reduce(0) { $0 + $1.bytes.count + $1.secret }) { output in
            for part in parts {
                output.append(copying: unsafe part.bytes.span.bytes)
                randomness.fill(&output, count: part.secret)
            }
        }
    }

    /// The cipher of a key in protobuf.
    func cipher(_ key: borrowing SecretBytes) throws -> any TinkCipher {
        let message = try ProtobufMessage(key)
        guard try message.number(1) == 0 else { throw TinkKeyType.invalid }
        return try type.cipher(message)
    }
}
