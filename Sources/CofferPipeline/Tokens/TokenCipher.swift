import Coffer
import CofferCrypto

/// Seals values under a data key of a vault: version ‖ nonce ‖ ciphertext ‖ tag, bound to all of the row but its number
/// (docs/specs/token-vault.md, 4).
struct TokenCipher: Sendable {
    static let version: UInt8 = 1
    static let overhead = 1 + AEAD.nonceByteCount + AEAD.tagByteCount
    private static let name = "coffer/token/1"
    private let cipher: AEAD
    /// The additional data before what differs from row to row.
    private let prefix: [UInt8]

    init(_ key: borrowing SecretBytes, vault: String, domain: String) throws(CryptoError) {
        let labels = Self.labels(vault, domain)
        let none: [UInt8] = []
        let subkey = try unsafe KeyDerivation.hkdf(
            .sha256, key: key, salt: none.span.bytes, info: labels.span.bytes, count: AEAD.keyByteCount)
        prefix = labels
        cipher = try AEAD(.aes256GCM, key: subkey)
    }

    private static func labels(_ vault: String, _ domain: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in [name, vault, domain] { bytes.append(prefixed: part) }
        return bytes
    }

    /// What a data key is wrapped with.
    static func context(vault: String, domain: String, key: [UInt8]) -> EncryptionContext {
        EncryptionContext([
            "coffer:domain": domain, "coffer:key": Base64URL.encode(key), "coffer:purpose": "token",
            "coffer:suite": FieldSuite.aes256GCM.rawValue, "coffer:vault": vault,
        ])
    }

    /// A row's additional data: prefix ‖ created ‖ expires ‖ index ‖ token.
    private func additional(
        _ index: TokenIndex, _ created: Int64, _ expires: Int64, _ token: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var bytes = prefix
        bytes.reserveCapacity(prefix.count + 32 + token.count)
        bytes.append(bigEndian: UInt64(bitPattern: created))
        bytes.append(bigEndian: UInt64(bitPattern: expires))
        unsafe withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { scratch in
            unsafe index.store(to: scratch.baseAddress!)
            unsafe bytes.append(contentsOf: scratch)
        }
        unsafe bytes.append(contentsOf: token)
        return bytes
    }

    /// Writes a cell, ``overhead`` bytes longer than `value`, to `target`. False where the value is too long.
    func seal(
        _ value: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, index: TokenIndex, _ stamp: TokenStamp,
        token: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer
    ) -> Bool {
        unsafe target.storeBytes(of: Self.version, as: UInt8.self)
        unsafe (target + 1).copyMemory(from: nonce, byteCount: AEAD.nonceByteCount)
        let additional = unsafe additional(index, stamp.created, stamp.expires, token)
        return unsafe additional.withUnsafeBytes { additional in
            unsafe cipher.seal(
                value, nonce: nonce, additionalData: additional, into: target + 1 + AEAD.nonceByteCount)
        }
    }

    /// Opens a cell into `target`, which has room for as many bytes as the cell, and says how long the value is; nil where
    /// it is not this row's.
    func open(
        _ cell: UnsafeRawBufferPointer, index: TokenIndex, created: Int64, expires: Int64,
        token: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer
    ) -> Int? {
        guard cell.count >= Self.overhead, unsafe cell[0] == Self.version else { return nil }
        let sealed = unsafe UnsafeRawBufferPointer(rebasing: cell[(1 + AEAD.nonceByteCount)...])
        let nonce = unsafe cell.baseAddress! + 1
        let additional = unsafe additional(index, created, expires, token)
        let isOpen = unsafe additional.withUnsafeBytes { additional in
            unsafe cipher.open(sealed, nonce: nonce, additionalData: additional, into: target)
        }
        return isOpen ? cell.count - Self.overhead : nil
    }
}
