public import CofferCrypto
import Synchronization

/// The stanza of X25519: a private key, and how a file key is wrapped for a public one.
final class AgeX25519: Sendable {
    private static let kind = "X25519"
    private let key: SecretBytes
    let publicKey: [UInt8]

    init(_ key: consuming SecretBytes) throws(CryptoError) {
        publicKey = try X25519.publicKey(of: key)
        self.key = key
    }

    static func wrap(
        _ fileKey: borrowing SecretBytes, for publicKey: [UInt8], _ randomness: Randomness
    ) throws -> AgeHeader.Stanza {
        let ephemeral = randomness.secret(count: X25519.byteCount)
        let share = try X25519.publicKey(of: ephemeral)
        guard let shared = try X25519.secret(ephemeral, with: publicKey) else {
            throw MessageError(.invalidArgument, "that recipient is none that keeps a secret")
        }
        let body = try AgeStanza.seal(fileKey, try wrapKey(shared, share, publicKey))
        return AgeHeader.Stanza(arguments: [kind, AgeHeader.encode(share)], body: body)
    }

    func unwrap(_ stanza: AgeHeader.Stanza) throws -> SecretBytes? {
        guard stanza.kind == Self.kind else { return nil }
        guard stanza.arguments.count == 2, let share = AgeHeader.decode(stanza.arguments[1]),
            share.count == X25519.byteCount, let shared = try X25519.secret(key, with: share)
        else { throw AgeHeader.malformed }
        return try AgeStanza.open(stanza, try Self.wrapKey(shared, share, publicKey))
    }

    private static func wrapKey(
        _ shared: borrowing SecretBytes, _ share: [UInt8], _ publicKey: [UInt8]
    ) throws(CryptoError) -> SecretBytes {
        let (salt, info) = (share + publicKey, Array("age-encryption.org/v1/X25519".utf8))
        return unsafe try KeyDerivation.hkdf(
            .sha256, key: shared, salt: salt.span.bytes, info: info.span.bytes, count: AEAD.keyByteCount)
    }
}

/// The stanza of X-Wing.
enum AgeHybrid {
    private static let kind = "mlkem768x25519"
    private static let info = Array("age-encryption.org/mlkem768x25519".utf8)

    static func wrap(_ fileKey: borrowing SecretBytes, for publicKey: [UInt8]) throws -> AgeHeader.Stanza {
        let sealed = try HybridKey.seal(fileKey, to: publicKey, info: info)
        return AgeHeader.Stanza(arguments: [kind, AgeHeader.encode(sealed.encapsulated)], body: sealed.ciphertext)
    }

    static func unwrap(_ stanza: AgeHeader.Stanza, with key: HybridKey) throws -> SecretBytes? {
        guard stanza.kind == kind else { return nil }
        guard stanza.arguments.count == 2, let encapsulated = AgeHeader.decode(stanza.arguments[1]),
            encapsulated.count == HybridKey.encapsulatedByteCount, stanza.body.count == AgeStanza.bodyByteCount,
            try isShare(Array(encapsulated.suffix(X25519.byteCount)))
        else { throw AgeHeader.malformed }
        return key.open(stanza.body, encapsulated: encapsulated, info: info)
    }

    /// Whether anything is secret with the share, whoever's the key.
    private static func isShare(_ share: [UInt8]) throws(CryptoError) -> Bool {
        try X25519.secret(Randomness.system.secret(count: X25519.byteCount), with: share) != nil
    }
}

extension Age {
    /// A passphrase, stretched by scrypt.
    public final class Passphrase: Sendable {
        static let kind = "scrypt"
        /// Work factors that are taken from a file: 2^20 is 1 GiB of memory and some seconds.
        public static let maximumWorkFactor = 20

        private let passphrase: SecretBytes
        private let workFactor: Int

        /// `workFactor` is what is written: 2^18 costs 256 MiB and about a second, here and for each guess.
        public init(_ passphrase: consuming SecretBytes, workFactor: Int = 18) {
            precondition((1...Self.maximumWorkFactor).contains(workFactor), "others must be able to read the file")
            self.passphrase = passphrase
            self.workFactor = workFactor
        }

        func wrap(_ fileKey: borrowing SecretBytes, _ randomness: Randomness) throws -> AgeHeader.Stanza {
            let salt = randomness.bytes(16)
            let body = try AgeStanza.seal(fileKey, try wrapKey(salt, workFactor))
            return AgeHeader.Stanza(arguments: [Self.kind, AgeHeader.encode(salt), "\(workFactor)"], body: body)
        }

        func unwrap(_ stanza: AgeHeader.Stanza) throws -> SecretBytes? {
            guard stanza.kind == Self.kind else { return nil }
            guard stanza.arguments.count == 3, let salt = AgeHeader.decode(stanza.arguments[1]), salt.count == 16,
                stanza.body.count == AgeStanza.bodyByteCount, let factor = Int(stanza.arguments[2]), factor > 0,
                "\(factor)" == stanza.arguments[2]
            else { throw AgeHeader.malformed }
            guard factor <= Self.maximumWorkFactor else {
                throw MessageError(
                    .notAllowed,
                    "the age file asks for the work factor \(factor); more than \(Self.maximumWorkFactor) is refused")
            }
            return try AgeStanza.open(stanza, try wrapKey(salt, factor))
        }

        /// One at a time, however many files are worked on: each takes its hundreds of megabytes.
        private static let turn = Mutex(())

        private func wrapKey(_ salt: [UInt8], _ factor: Int) throws(CryptoError) -> SecretBytes {
            let salt = Array("age-encryption.org/v1/scrypt".utf8) + salt
            return try Self.turn.withLock { _ throws(CryptoError) in
                try passphrase.withBytes { (password) throws(CryptoError) in
                    unsafe try KeyDerivation.scrypt(
                        password: password, salt: salt.span.bytes, n: 1 << factor, r: 8, p: 1,
                        count: AEAD.keyByteCount)
                }
            }
        }
    }
}

/// How a file key is sealed in a stanza: ChaCha20-Poly1305 under a key for it alone, with a nonce of zeros.
enum AgeStanza {
    static let bodyByteCount = AgeHeader.fileKeyByteCount + AEAD.tagByteCount
    private static let nonce = [UInt8](repeating: 0, count: AEAD.nonceByteCount)

    static func seal(_ fileKey: borrowing SecretBytes, _ key: borrowing SecretBytes) throws(CryptoError) -> [UInt8] {
        let aead = try AEAD(.chaCha20Poly1305, key: key)
        return try fileKey.withBytes { (fileKey) throws(CryptoError) in
            try [UInt8](byteCapacity: bodyByteCount) { (output) throws(CryptoError) in
                unsafe try aead.seal(fileKey, nonce: nonce.span.bytes, additionalData: RawSpan(), into: &output)
            }
        }
    }

    /// Nil where the stanza is somebody else's. One of another length is refused: it could be made to open under many keys.
    static func open(_ stanza: AgeHeader.Stanza, _ key: borrowing SecretBytes) throws -> SecretBytes? {
        guard stanza.body.count == bodyByteCount else { throw AgeHeader.malformed }
        let aead = try AEAD(.chaCha20Poly1305, key: key)
        return try? SecretBytes(count: AgeHeader.fileKeyByteCount) { (output) throws(CryptoError) in
            unsafe try aead.open(
                stanza.body.span.bytes, nonce: nonce.span.bytes, additionalData: RawSpan(), into: &output)
        }
    }
}
