import Coffer
import CofferCrypto

extension FormatOfMessages {
    static let age = FormatOfMessages(
        format: Age.self, title: "an age file", label: "age", keys: [.age, .ageIdentity, .passphrase],
        keyHint: "-k age:RECIPIENT encrypts, -k age-identity:PATH decrypts, -k passphrase: does both",
        options: [.armor],
        forSealing: { keys, settings in
            var age = Age(recipients: try keys.ageRecipients())
            age.isArmored = settings.armor
            return age
        },
        forOpening: { keys, _ in Age(identities: try keys.ageIdentities()) })
}

extension MessageKeys {
    /// Those who are named, or are in a file of recipients; an identity stands for its own recipient.
    fileprivate func ageRecipients() throws -> [Age.Recipient] {
        let named = try all { argument -> [Age.Recipient]? in
            switch argument {
            case .age(let text) where text.hasPrefix("age1"): [try Age.Recipient(text)]
            case .age(let file): try Self.recipients(in: file)
            case .ageIdentity(let file): try Self.identities(in: file).map(\.recipient)
            default: nil
            }
        }
        return named.flatMap(\.self) + passphrases.map { Age.Recipient(Age.Passphrase($0.secret.copy())) }
    }

    fileprivate func ageIdentities() throws -> [Age.Identity] {
        let named = try all { argument -> [Age.Identity]? in
            guard case .ageIdentity(let file) = argument else { return nil }
            return try Self.identities(in: file)
        }
        return named.flatMap(\.self) + passphrases.map { Age.Identity(Age.Passphrase($0.secret.copy())) }
    }

    private static func identities(in file: String) throws -> [Age.Identity] {
        let text = try SecretFile.read(file, limit: 1 << 16)
        return try naming(file) { () throws(MessageError) in try Age.Identity.all(in: text) }
    }

    private static func recipients(in file: String) throws -> [Age.Recipient] {
        let bytes = try SmallFile.read(file, limit: 4 << 20, what: "file of age recipients")
        let lines = Age.lines(String(decoding: bytes, as: UTF8.self))
        guard !lines.isEmpty else { throw CommandError("\(file): there is no recipient in it") }
        return try lines.map { line in
            try naming(file) { () throws(MessageError) in try Age.Recipient(line) }
        }
    }
}
