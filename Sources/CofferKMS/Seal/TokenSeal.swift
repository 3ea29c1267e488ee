public import Coffer
public import CofferCrypto

/// A root key sealed by an AES key that never leaves a PKCS #11 token.
public final class TokenSeal: Sendable {
    /// Which key.
    public let address: TokenAddress
    private let module: String
    private let pin: @Sendable () throws -> SecretBytes

    /// A seal by the key at `address`. The module is that of the address, else `module`; `pin` is asked whenever the token
    /// is needed: when a store is opened, and when its root key changes.
    public init(
        _ address: TokenAddress, module: String? = nil, pin: @escaping @Sendable () throws -> SecretBytes
    ) throws(KeyError) {
        guard let path = address.module ?? module else {
            throw KeyError(
                .invalidArgument, "it is not said which PKCS #11 module reaches the token",
                hint: "add ?module-path=/PATH to the URI, or set COFFER_PKCS11_MODULE")
        }
        (self.address, self.module, self.pin) = (address, path, pin)
    }

    /// Makes the key in the token, if it is not there yet; true where it was made.
    public func makeKey() throws -> Bool {
        let session = try PKCS11Session.open(.load(module), token: address.token, pin: pin(), canWrite: true)
        if try session.key(address.key) != nil { return false }
        _ = try session.makeKey(address.key)
        return true
    }

    func seal(_ root: RootKey, _ randomness: Randomness) throws -> SealedByToken {
        let session = try PKCS11Session.open(.load(module), token: address.token, pin: pin())
        guard let key = try session.key(address.key) else { throw missing }
        for mechanism in SealedByToken.mechanisms where session.offers(mechanism) {
            let iv = randomness.bytes(SealedByToken.ivByteCount(mechanism))
            let context = SealedByToken.context(root.id)
            let sealed = try session.run(
                mechanism, iv: iv, additionalData: context, key: key, isSealing: true, root.secret)
            // A token may list what it does not do with every key.
            guard let bytes = sealed?.withBytes({ [UInt8](copying: $0) }) else { continue }
            let address = Array(address.description.utf8)
            if let result = SealedByToken(address: address, mechanism: Int64(mechanism), iv: iv, sealed: bytes) {
                return result
            }
        }
        throw KeyError(.unavailable, "the token offers neither AES-GCM nor AES-CBC with padding")
    }

    func open(_ sealed: SealedByToken, id: [UInt8]) throws -> RootKey {
        let session = try PKCS11Session.open(.load(module), token: address.token, pin: pin())
        guard let key = try session.key(address.key) else { throw missing }
        let secret = try session.run(
            sealed.mechanism, iv: sealed.iv, additionalData: SealedByToken.context(id), key: key, isSealing: false,
            unsafe SecretBytes(copying: sealed.sealed.span.bytes))
        // With AES-CBC it is the id that says whether this is the key.
        guard let secret, secret.count == RootKey.byteCount, case let root = RootKey(secret), root.id == id else {
            throw KeyError(
                .storeRefused, "the key “\(address.key)” in the token is not the one of this key store",
                hint: "set COFFER_SEAL to \(sealed.name ?? "the key that init was given")")
        }
        return root
    }

    private var missing: KeyError {
        KeyError(
            .notFound, "there is no AES key “\(address.key)” in the token “\(address.token)”",
            hint: "coffer init makes one; a token that was lost is not replaced by another")
    }
}

/// A root key as a token sealed it.
struct SealedByToken: Sendable, Equatable {
    /// What is used, the first that the token offers: both are read back.
    static let mechanisms = [PKCS11.aesGCM, PKCS11.aesCBCPad]

    /// The URI of the key: a reminder, not to be trusted.
    let address: [UInt8]
    let mechanism: UInt
    let iv: [UInt8]
    let sealed: [UInt8]

    static func ivByteCount(_ mechanism: UInt) -> Int { mechanism == PKCS11.aesGCM ? 12 : 16 }

    /// Nil for what no token makes.
    init?(address: [UInt8], mechanism: Int64, iv: [UInt8], sealed: [UInt8]) {
        guard let mechanism = Self.mechanisms.first(where: { Int64($0) == mechanism }),
            iv.count == Self.ivByteCount(mechanism), sealed.count == 48
        else { return nil }
        (self.address, self.mechanism, self.iv, self.sealed) = (address, mechanism, iv, sealed)
    }

    /// The URI, where it is one.
    var name: String? {
        guard let text = String(validating: address, as: UTF8.self), let address = try? TokenAddress(text) else {
            return nil
        }
        return address.description
    }

    static func context(_ id: [UInt8]) -> [UInt8] {
        var context = ByteWriter("coffer/seal/1/pkcs11")
        context.field(id)
        return context.bytes
    }
}
