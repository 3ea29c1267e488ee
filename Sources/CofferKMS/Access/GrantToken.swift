import CofferCrypto
import FoundationEssentials

/// The token of a grant: base64 of version(1) ‖ key id(16) ‖ grant id(32) ‖ nonce(16) ‖ HMAC-SHA-256(32).
///
/// It says which grant is meant and lets nobody do anything by itself: whoever uses the grant is its grantee all the same.
struct GrantToken {
    let grant: GrantRecord.ID
    private let nonce: [UInt8]
    private let mac: [UInt8]

    /// Takes a token apart; nil if it can't be one.
    init?(_ text: String) {
        guard text.utf8.count == 132, let data = Data(base64Encoded: text), data.count == 97, data.first == 1 else {
            return nil
        }
        let bytes = [UInt8](data)
        guard let key = KeyUUID(bytes: bytes[1..<17]) else { return nil }
        grant = .init(key: key, id: Hexadecimal.encode(Array(bytes[17..<49])))
        (nonce, mac) = (Array(bytes[49..<65]), Array(bytes[65...]))
    }

    /// Whether it was made for `record`.
    func isFor(_ record: GrantRecord) -> Bool {
        Self.key(record).verify(mac, for: nonce) && record.id == grant
    }

    /// A new token for `record`.
    static func make(for record: GrantRecord, _ randomness: Randomness) -> String {
        let nonce = randomness.bytes(16)
        let id = stride(from: 0, to: 64, by: 2).map { i in
            let digits = Array(record.id.id.utf8)[i..<i + 2]
            return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)!
        }
        return Data([1] + record.id.key.bytes + id + nonce + key(record).bytes(of: nonce)).base64EncodedString()
    }

    private static func key(_ record: GrantRecord) -> HMAC {
        HMAC(.sha256, key: unsafe SecretBytes(copying: record.token.span.bytes))
    }
}
