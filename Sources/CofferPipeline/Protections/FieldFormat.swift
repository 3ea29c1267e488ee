import Coffer
import CofferCrypto

/// The byte strings that keys of cells are derived from (docs/specs/field-encryption.md).
enum FieldFormat {
    static let name = "coffer/field/1"
    /// The first byte of a randomized cell.
    static let randomized: UInt8 = 1
    /// The first byte of a deterministic cell.
    static let deterministic: UInt8 = 2
    /// version ‖ segment ‖ nonce ‖ … ‖ tag.
    static let randomizedOverhead = 37
    /// version ‖ check value ‖ SIV ‖ ….
    static let deterministicOverhead = 25
    /// Bytes of a pseudonym before base64url.
    static let pseudonymByteCount = 16

    /// The cipher of one column in one segment (spec, 4.3).
    static func cipher(
        dataKey: borrowing SecretBytes, segment: UInt64, suite: FieldSuite, dataset: String, path: String, type: String
    ) throws(CryptoError) -> AEAD {
        var info: [UInt8] = []
        info.append(prefixed: name)
        info.append(suite.code)
        info.append(prefixed: dataset)
        info.append(prefixed: path)
        info.append(prefixed: type)
        let salt = segment.bigEndianBytes
        let subkey = try unsafe KeyDerivation.hkdf(
            .sha256, key: dataKey, salt: salt.span.bytes, info: info.span.bytes, count: AEAD.keyByteCount)
        return try AEAD(suite == .aes256GCM ? .aes256GCM : .chaCha20Poly1305, key: subkey)
    }

    /// What a data key commits to, so that no cell opens under two keys (spec, 4.2).
    static func commitment(to dataKey: borrowing SecretBytes, id: [UInt8]) throws(CryptoError) -> [UInt8] {
        var info: [UInt8] = []
        info.append(prefixed: "coffer/commitment/1")
        info.append(prefixed: id)
        let none: [UInt8] = []
        return try unsafe KeyDerivation.hkdf(
            .sha256, key: dataKey, salt: none.span.bytes, info: info.span.bytes, count: 32
        )
        .exposed()
    }

    /// What a data key is wrapped with (spec, 4.1).
    static func context(dataset: String, key: [UInt8], suite: FieldSuite, tenant: String?) -> EncryptionContext {
        var pairs = [
            "coffer:dataset": dataset, "coffer:key": Base64URL.encode(key), "coffer:purpose": "field",
            "coffer:suite": suite.rawValue,
        ]
        pairs["coffer:tenant"] = tenant
        return EncryptionContext(pairs)
    }
}

extension Array where Element == UInt8 {
    /// Appends lp(`text`): its bytes after their count as a big-endian u32.
    mutating func append(prefixed text: String) { append(prefixed: Array(text.utf8)) }

    /// Appends lp(`bytes`).
    mutating func append(prefixed bytes: [UInt8]) {
        append(bigEndian: UInt32(bytes.count))
        self += bytes
    }
}

extension SecretBytes {
    /// The bytes of what is derived from a secret and is none itself: commitments, check values.
    consuming func exposed() -> [UInt8] {
        withBytes { span in [UInt8](byteCapacity: span.byteCount) { $0.append(copying: span) } }
    }
}

/// A key that several owners use; wiped with the last of them.
final class SharedSecret: Sendable {
    let bytes: SecretBytes
    init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
}
