public import CofferCrypto

/// Where the root key of a store comes from: a file, or a passphrase by scrypt.
///
/// A store knows which of the two it was made with; for opening one, both may be given.
public struct RootSeal: Sendable {
    /// The file that holds the root key.
    let file: String?
    /// Asks for the passphrase; called only when it is needed.
    let passphrase: (@Sendable () throws -> SecretBytes)?

    /// The root key in the file at `path`: 0600, outside the store's folder.
    public static func file(_ path: String) -> RootSeal { RootSeal(file: path, passphrase: nil) }

    /// A root key sealed in the store itself, under what scrypt makes of a passphrase.
    public static func passphrase(_ ask: @escaping @Sendable () throws -> SecretBytes) -> RootSeal {
        RootSeal(file: nil, passphrase: ask)
    }

    /// Whichever of the two the store was made with.
    public static func either(
        file: String, passphrase: @escaping @Sendable () throws -> SecretBytes
    ) -> RootSeal {
        RootSeal(file: file, passphrase: passphrase)
    }
}
