import Coffer
import CofferCrypto

/// The keys that `-k` names.
struct MessageKeys {
    let arguments: [RecipientArgument]
    /// The passphrases among them. Asked for once, whatever is done with them.
    let passphrases: [Shared]
    let services: KeyServices

    /// `isNew` says that a passphrase that is asked for is a new one. `services` are those of keys that were named before.
    /// `sharing` says for how many messages a data key may be used.
    init(
        _ texts: [String], isNew: Bool, in services: KeyServices? = nil, sharing limits: DataKeyLimits? = nil
    ) throws {
        arguments = try texts.map { try RecipientArgument($0) }
        self.services = try services ?? KeyServices(sharing: limits)
        passphrases = try arguments.compactMap { argument in
            guard case .passphrase(let reference) = argument else { return nil }
            guard let reference else { return Shared(try Passphrase.ofMessages(isNew: isNew)) }
            let text = Array(try reference.resolve().utf8)
            return Shared(unsafe SecretBytes(copying: text.span.bytes))
        }
    }

    /// Those that `pick` takes, in order.
    func all<Key>(_ pick: (RecipientArgument) throws -> Key?) rethrows -> [Key] {
        try arguments.compactMap { try pick($0) }
    }

    /// The keys for Fernet tokens.
    func fernet() throws -> [Fernet.Key] {
        try all { argument in
            guard case .fernet(let file) = argument else { return nil }
            let text = try SecretFile.read(file, limit: 64)
            return try Self.naming(file) { () throws(MessageError) in try Fernet.Key(text) }
        }
    }

    /// For whom is sealed; `alias/default` where nobody is named.
    func forSealing() throws -> [any MessageKey] {
        try arguments.isEmpty ? [key(.service(KeyID("alias/default")))!] : all(key)
    }

    /// With what is opened; any key of the embedded store where none is named.
    func forOpening() throws -> [any MessageKey] {
        guard arguments.isEmpty else { return try all(key) }
        return [KMSMessageKey(anyIn: services.keyring)]
    }

    /// A key of the AWS Encryption SDK's messages; nil where it is one of another format.
    private func key(_ argument: RecipientArgument) throws -> (any MessageKey)? {
        switch argument {
        case .service(let key):
            return KMSMessageKey(key, in: services.keyring)
        case .rawAES(let namespace, let name, let file):
            let key = try SecretFile.read(file, limit: 64)
            do {
                return try RawAESMessageKey(namespace: namespace, name: name, key: key)
            } catch {
                throw CommandError("\(file): \(error.message)", hint: "head -c 32 /dev/urandom > KEYFILE makes one")
            }
        case .rawRSA(let namespace, let name, let file, let padding):
            let pem = try SecretFile.read(file, limit: 1 << 16, mayBePublic: true)
            do {
                return try RawRSAMessageKey(
                    namespace: namespace, name: name, key: RSAWrappingKey(pem: pem), padding: padding)
            } catch let error as CryptoError {
                throw CommandError("\(file): \(error.message)")
            }
        case .tink, .tinkKMS, .fernet, .age, .ageIdentity, .jwk, .passphrase:
            return nil
        }
    }

    /// `body`, whose errors say that they are about the file.
    static func naming<T>(_ file: String, _ body: () throws(MessageError) -> T) throws -> T {
        do { return try body() } catch { throw CommandError("\(file): \(error.message)", hint: error.hint) }
    }
}
