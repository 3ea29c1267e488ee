import Coffer
import CofferCrypto

/// A key that makes equal values equal within a domain, made from a MAC key (docs/specs/field-encryption.md, 5).
enum DomainKey {
    /// What a domain's key is for.
    enum Purpose: String, Hashable, Sendable {
        /// Deterministic encryption by AES-SIV.
        case deterministic
        /// Pseudonyms by HMAC-SHA-256.
        case hash
        /// Values that keep their format: FF1, and AES-SIV for those that have another.
        case preserveFormat = "preserve_format"
        /// By how many days a subject's dates are moved.
        case shift
        /// What values are looked up by in a token vault.
        case token

        var algorithm: String {
            switch self {
            case .deterministic: "aes-256-siv"
            case .hash, .shift, .token: "hmac-sha-256"
            case .preserveFormat: "aes-256-ff1"
            }
        }

        var keyByteCount: Int {
            switch self {
            case .deterministic: 64
            case .hash, .shift, .token: 32
            case .preserveFormat: 96
            }
        }
    }

    /// A derived key and the eight bytes by which it is recognised.
    struct Derived: ~Copyable {
        let key: SecretBytes
        let check: [UInt8]
    }

    /// What the MAC key is asked to authenticate.
    static func message(_ purpose: Purpose, domain: String) -> [UInt8] {
        var message: [UInt8] = []
        for part in ["coffer/domain/1", purpose.rawValue, purpose.algorithm, domain] { message.append(prefixed: part) }
        return message
    }

    /// Asks for the domain's MAC and expands it.
    static func derive(
        _ purpose: Purpose, domain: String, under macKey: KeyID, keys: any KeyManagementService
    ) async throws -> Derived {
        let mac = try await keys.mac(message(purpose, domain: domain), under: macKey)
        guard mac.count >= 32 else {
            throw KeyError(.invalidArgument, "\(macKey) gives MACs of under 32 bytes, too short for a domain")
        }
        return try expand(mac, purpose)
    }

    /// HKDF of the domain's MAC, once for the key and once for its check value.
    static func expand(_ mac: borrowing SecretBytes, _ purpose: Purpose) throws(CryptoError) -> Derived {
        func expanded(
            _ label: String, _ count: Int, _ mac: borrowing SecretBytes
        ) throws(CryptoError) -> SecretBytes {
            var info: [UInt8] = []
            for part in [label, purpose.rawValue, purpose.algorithm] { info.append(prefixed: part) }
            let none: [UInt8] = []
            return try unsafe KeyDerivation.hkdf(
                .sha256, key: mac, salt: none.span.bytes, info: info.span.bytes, count: count)
        }
        return Derived(
            key: try expanded("coffer/domain-key/1", purpose.keyByteCount, mac),
            check: try expanded("coffer/domain-check/1", 8, mac).exposed())
    }
}
