package import Coffer

/// Where a token vault is: a SQLite file, or a PostgreSQL database.
package enum VaultPlace: Sendable {
    case sqlite(String)
    case postgres(PostgresAddress)

    /// Reads what stands after `vault:` or `--vault`: a path, from `folder` on, an address, or `env:NAME` or `file:PATH` with
    /// an address in it.
    package init(_ text: String, folder: String, resolve: (SecretReference) throws -> String) throws {
        let reference = SecretReference(text)
        if reference != nil || text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgres(try PostgresAddress(try reference.map(resolve) ?? text, isSecret: reference != nil))
        } else {
            self = .sqlite(Paths.place(Paths.absolute(text, in: folder)))
        }
    }

    /// Opens the vault; one is made where there is none and `creates` says so. Blocks.
    package func open(creates: Bool = false) throws -> any TokenVault {
        switch self {
        case .sqlite(let path): try SQLiteVault.open(path, creates: creates)
        case .postgres(let address): try PostgresVault.open(address, creates: creates)
        }
    }

    /// Where it is, without a password.
    package var recordedName: String {
        switch self {
        case .sqlite(let path): path
        case .postgres(let address): address.location
        }
    }
}
