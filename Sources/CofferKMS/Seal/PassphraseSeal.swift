import Coffer
import CofferCrypto

/// A root key sealed under a passphrase: scrypt (RFC 7914) makes the key for AES-256-GCM.
struct PassphraseSeal: Sendable, Equatable {
    /// 128 MiB and some tenths of a second for each guess.
    static let usualLogN = 17
    /// What is accepted from a store: neither a cost so low that guessing is cheap, nor one that exhausts memory.
    static let allowedLogN = 15...19

    let salt: [UInt8]
    let logN: Int
    let nonce: [UInt8]
    let sealed: [UInt8]

    /// Seals `root`. A passphrase has at least 8 bytes.
    init(
        _ root: RootKey, passphrase: borrowing SecretBytes, logN: Int = usualLogN, randomness: Randomness
    ) throws(KeyError) {
        guard passphrase.count >= 8 else {
            throw KeyError(
                .invalidArgument, "the passphrase is too short",
                hint: "take eight characters or more; six random words are good")
        }
        salt = randomness.bytes(16)
        nonce = randomness.bytes(AEAD.nonceByteCount)
        self.logN = logN
        let (salt, nonce) = (salt, nonce)
        do {
            let aead = try Self.aead(passphrase, salt, logN)
            sealed = aead.seal(root.secret, nonce: nonce, additionalData: Self.context(root.id, salt, logN))
        } catch {
            throw Self.noMemory
        }
    }

    /// As it was read from a store; nil if it can't be one.
    init?(salt: [UInt8], logN: Int, nonce: [UInt8], sealed: [UInt8]) {
        guard salt.count == 16, nonce.count == AEAD.nonceByteCount, Self.allowedLogN.contains(logN),
            sealed.count == RootKey.byteCount + AEAD.tagByteCount
        else { return nil }
        (self.salt, self.logN, self.nonce, self.sealed) = (salt, logN, nonce, sealed)
    }

    /// The root key with this id, given the passphrase.
    func open(id: [UInt8], passphrase: borrowing SecretBytes) throws(KeyError) -> RootKey {
        let context = Self.context(id, salt, logN)
        guard let aead = try? Self.aead(passphrase, salt, logN) else { throw Self.noMemory }
        guard let secret = aead.open(sealed[...], nonce: nonce[...], additionalData: context) else {
            throw KeyError(
                .storeRefused, "the passphrase is not the one of this key store",
                hint: "try again, or restore keys.db from a backup")
        }
        return RootKey(secret)
    }

    private static var noMemory: KeyError {
        KeyError(.unavailable, "scrypt has not the memory it needs (128 MiB)")
    }

    private static func aead(
        _ passphrase: borrowing SecretBytes, _ salt: [UInt8], _ logN: Int
    ) throws(CryptoError) -> AEAD {
        let key = try passphrase.withBytes { (bytes) throws(CryptoError) in
            unsafe try KeyDerivation.scrypt(
                password: bytes, salt: salt.span.bytes, n: 1 << logN, r: 8, p: 1, count: 32)
        }
        return AEAD(key)
    }

    private static func context(_ id: [UInt8], _ salt: [UInt8], _ logN: Int) -> [UInt8] {
        var context = ByteWriter("coffer/seal/1/passphrase")
        context.field(id)
        context.field(salt)
        context.number(Int64(logN))
        return context.bytes
    }
}
