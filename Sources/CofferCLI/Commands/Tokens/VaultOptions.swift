import ArgumentParser
import Coffer
import CofferPipeline

/// Options of commands that work with a token vault.
struct VaultOptions: ParsableArguments {
    @Option(
        help: """
            The token vault: a SQLite file, a PostgreSQL address, or env:NAME or file:PATH with one. By default tokens.db in \
            $COFFER_HOME.
            """, completion: .file())
    var vault: String?

    @Option(
        help: ArgumentHelp(
            "A key that the vault may name, by id or alias; may be repeated. By default any key of the embedded store.",
            valueName: "key"))
    var key: [String] = []

    /// Where the vault is.
    func place() throws -> VaultPlace {
        try VaultPlace(vault ?? CofferHome().tokensFile, folder: ".") { try $0.resolve() }
    }

    /// Does `body` with the vault, on the record as `operation`.
    func recording<T: Sendable>(
        _ operation: String, _ parameters: (String, JSON?)..., result: @Sendable (T) -> JSON,
        _ body: @escaping @Sendable (VaultWork) async throws -> T
    ) async throws -> T {
        let (place, keys) = (try place(), try KeyServices())
        let allowed = key.isEmpty ? AllowedKeys.embeddedStore : try AllowedKeys(key)
        let members = [("vault", JSON.string(place.recordedName))] + parameters
        return try await keys.recording(
            operation, { _ in .object(members.compactMap { name, value in value.map { JSON.Member(name, $0) } }) },
            result: result
        ) {
            let vault = try await Blocking.run { try place.open() }
            return try await body(VaultWork(vault, keys: keys.keyring, allowed: allowed))
        }
    }
}
