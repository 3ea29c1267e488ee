import Coffer
import CofferCrypto
import Testing

/// Keysets of every kind, made as Tink's templates make them, with fresh keys.
struct TinkTestKey: Sendable, CustomTestStringConvertible {
    let kind: String
    let template: String
    /// The key in protobuf, made anew each time.
    let make: @Sendable () -> [UInt8]

    var testDescription: String { template }

    private static func key(_ number: UInt8, _ count: Int) -> [UInt8] { field(number, Randomness.system.bytes(count)) }

    private static func hmac(_ hash: UInt8, tag: UInt8, key count: Int) -> [UInt8] {
        field(2, [0x08, hash, 0x10, tag]) + key(3, count)
    }

    private static func counter(_ count: Int, tag: UInt8) -> [UInt8] {
        field(2, field(2, [0x08, 16]) + key(3, count)) + field(3, hmac(3, tag: tag, key: 32))
    }

    private static func stream(_ segment: Int, _ derived: Int, hash: UInt8, mac: [UInt8] = []) -> [UInt8] {
        let parameters =
            [0x08] + varint(segment) + [0x10, UInt8(derived), 0x18, hash] + (mac.isEmpty ? [] : field(4, mac))
        return field(2, parameters) + key(3, derived)
    }

    /// What holds a message in memory.
    static let inMemory: [TinkTestKey] = [
        TinkTestKey(kind: "AesGcmKey", template: "AES128_GCM") { key(3, 16) },
        TinkTestKey(kind: "AesGcmKey", template: "AES256_GCM") { key(3, 32) },
        TinkTestKey(kind: "AesGcmSivKey", template: "AES128_GCM_SIV") { key(3, 16) },
        TinkTestKey(kind: "AesGcmSivKey", template: "AES256_GCM_SIV") { key(3, 32) },
        TinkTestKey(kind: "AesEaxKey", template: "AES128_EAX") { field(2, [0x08, 16]) + key(3, 16) },
        TinkTestKey(kind: "AesEaxKey", template: "AES256_EAX, 12") { field(2, [0x08, 12]) + key(3, 32) },
        TinkTestKey(kind: "AesCtrHmacAeadKey", template: "AES128_CTR_HMAC_SHA256") { counter(16, tag: 16) },
        TinkTestKey(kind: "AesCtrHmacAeadKey", template: "AES256_CTR_HMAC_SHA256") { counter(32, tag: 32) },
        TinkTestKey(kind: "ChaCha20Poly1305Key", template: "CHACHA20_POLY1305") { key(2, 32) },
        TinkTestKey(kind: "XChaCha20Poly1305Key", template: "XCHACHA20_POLY1305") { key(3, 32) },
        TinkTestKey(kind: "XAesGcmKey", template: "XAES_256_GCM") { field(2, [0x08, 8]) + key(3, 32) },
        TinkTestKey(kind: "AesSivKey", template: "AES256_SIV") { key(2, 64) },
    ]

    /// What seals segment by segment.
    static let streaming: [TinkTestKey] = [
        TinkTestKey(kind: "AesGcmHkdfStreamingKey", template: "AES128_GCM_HKDF, 64") { stream(64, 16, hash: 3) },
        TinkTestKey(kind: "AesGcmHkdfStreamingKey", template: "AES256_GCM_HKDF, 4 KB") { stream(4096, 32, hash: 4) },
        TinkTestKey(kind: "AesGcmHkdfStreamingKey", template: "AES256_GCM_HKDF, 1 MB") { stream(1 << 20, 32, hash: 3) },
        TinkTestKey(kind: "AesCtrHmacStreamingKey", template: "AES128_CTR_HMAC_SHA1, 64") {
            stream(64, 16, hash: 1, mac: [0x08, 1, 0x10, 10])
        },
        TinkTestKey(kind: "AesCtrHmacStreamingKey", template: "AES256_CTR_HMAC_SHA256, 4 KB") {
            stream(4096, 32, hash: 3, mac: [0x08, 3, 0x10, 32])
        },
        TinkTestKey(kind: "AesCtrHmacStreamingKey", template: "AES256_CTR_HMAC_SHA512, 1 MB") {
            stream(1 << 20, 32, hash: 3, mac: [0x08, 4, 0x10, 64])
        },
    ]

    static let macs: [TinkTestKey] = [
        TinkTestKey(kind: "HmacKey", template: "HMAC_SHA256_128BITTAG") { hmac(3, tag: 16, key: 32) },
        TinkTestKey(kind: "HmacKey", template: "HMAC_SHA512") { hmac(4, tag: 64, key: 64) },
        TinkTestKey(kind: "AesCmacKey", template: "AES_CMAC") { key(2, 32) + field(3, [0x08, 16]) },
    ]

    /// One entry of a keyset. Prefixes: 1 TINK, 2 LEGACY, 3 RAW, 4 CRUNCHY. Statuses: 1 enabled, 2 disabled, 3 destroyed.
    struct Entry {
        let kind: String
        let material: [UInt8]
        let id: Int
        var prefix: UInt8 = 1
        var status: UInt8 = 1

        var bytes: [UInt8] {
            let data =
                field(1, Array("type.googleapis.com/google.crypto.tink.\(kind)".utf8)) + field(2, material) + [0x18, 1]
            return field(2, field(1, data) + [0x10, status, 0x18] + varint(id) + [0x20, prefix])
        }
    }

    func entry(id: Int = 77, prefix: UInt8 = 1, status: UInt8 = 1) -> Entry {
        Entry(kind: kind, material: make(), id: id, prefix: prefix, status: status)
    }

    /// A keyset in protobuf.
    static func file(_ entries: [Entry], primary: Int) -> [UInt8] {
        [0x08] + varint(primary) + entries.flatMap(\.bytes)
    }

    /// The same keyset as JSON.
    static func json(_ entries: [Entry], primary: Int) -> [UInt8] {
        let keys = entries.map { entry in
            """
            {"keyData": {"typeUrl": "type.googleapis.com/google.crypto.tink.\(entry.kind)", "value":
            "\(Base64.encode(entry.material))", "keyMaterialType": "SYMMETRIC"},
            "status": "\(["ENABLED", "DISABLED", "DESTROYED"][Int(entry.status) - 1])", "keyId": \(entry.id),
            "outputPrefixType": "\(["TINK", "LEGACY", "RAW", "CRUNCHY"][Int(entry.prefix) - 1])"}
            """
        }
        return Array("{\"primaryKeyId\": \(primary), \"key\": [\(keys.joined(separator: ","))]}".utf8)
    }

    /// A keyset of one such key.
    func keyset(prefix: UInt8 = 1) throws -> TinkKeyset {
        try TinkKeyset(secret(Self.file([entry(prefix: prefix)], primary: 77)))
    }
}
