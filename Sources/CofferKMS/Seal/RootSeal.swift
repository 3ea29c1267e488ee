public import CofferCrypto

/// Where the root key of a store comes from: a file, a passphrase by scrypt, a PKCS #11 token, or a key of another service.
///
/// A store knows which of them it was made with; for opening one, several may be given.
public struct RootSeal: Sendable {
    /// The file that holds the root key.
    let file: String?
    /// Asks for the passphrase; called only when it is needed.
    let passphrase: (@Sendable () throws -> SecretBytes)?
    /// The key in a token.
    let token: TokenSeal?
    /// The key of another service.
    let key: KeySeal?

    /// What there is of them, for opening a store.
    public init(
        file: String? = nil, passphrase: (@Sendable () throws -> SecretBytes)? = nil, token: TokenSeal? = nil,
        key: KeySeal? = nil
    ) {
        (self.file, self.passphrase, self.token, self.key) = (file, passphrase, token, key)
    }

    /// The root key in the file at `path`: 0600, outside the store's folder.
    public static func file(_ path: String) -> RootSeal { RootSeal(file: path) }

    /// A root key sealed in the store itself, under what scrypt makes of a passphrase.
    public static func passphrase(_ ask: @escaping @Sendable () throws -> SecretBytes) -> RootSeal {
        RootSeal(passphrase: ask)
    }

    /// A root key sealed in the store itself, by a key in a token.
    public static func token(_ token: TokenSeal) -> RootSeal { RootSeal(token: token) }

    /// A root key sealed in the store itself, by a key of another service. See ``KeySeal/prepare(for:randomness:)``.
    public static func key(_ key: KeySeal) -> RootSeal { RootSeal(key: key) }
}
