import Coffer
import CofferCrypto
import CofferKMS
import FoundationEssentials
import Synchronization

/// What seals a root key beside a file and a passphrase, as `$COFFER_SEAL` or `init` names it: `pkcs11:…` for a token, the
/// URI of a key of another service.
enum SealChoice: Sendable {
    case token(TokenSeal)
    case key(KeySeal)

    /// Parses a URI.
    init(_ uri: String) throws {
        if uri.hasPrefix("pkcs11:") {
            let address = try TokenAddress(uri)
            let module = ProcessInfo.processInfo.environment["COFFER_PKCS11_MODULE"].flatMap { $0.isEmpty ? nil : $0 }
            self = .token(
                try TokenSeal(address, module: module) {
                    guard let reference = address.pin else { return try Passphrase.pin() }
                    return unsafe SecretBytes(copying: Array(try reference.resolve().utf8).span.bytes)
                })
        } else {
            let key = try KeyID(uri)
            guard key.scheme != "coffer" else {
                throw CommandError(
                    "a key store can't seal itself", hint: "name a token as pkcs11:…, or a key as aws-kms://…")
            }
            self = .key(KeySeal(key, of: try KeyServices().keyring))
        }
    }

    /// What `$COFFER_SEAL` names; nil where it is not set. One for the whole process.
    static func current() throws -> SealChoice? {
        guard let uri = ProcessInfo.processInfo.environment["COFFER_SEAL"], !uri.isEmpty else { return nil }
        return try known.withLock { known in
            if let known { return known }
            let choice = try SealChoice(uri)
            known = choice
            return choice
        }
    }

    private static let known = Mutex<SealChoice?>(nil)

    /// Asks another service for the root key of the store, where it is that which seals it: later nobody can wait.
    static func prepare() async throws {
        guard case .key(let key) = try current() else { return }
        let directory = try CofferHome().directory
        guard FileManager.default.fileExists(atPath: "\(directory)/keys.db") else { return }
        try await key.prepare(for: directory)
    }

    var token: TokenSeal? {
        if case .token(let token) = self { return token }
        return nil
    }

    var key: KeySeal? {
        if case .key(let key) = self { return key }
        return nil
    }
}
