import Coffer
import CofferCrypto

/// A keyset of Tink as `-k` names it: `tink:PATH`, and where it is encrypted `tink:PATH?kek=KEY`.
struct TinkArgument {
    static let form = "tink:KEYSET.json, or tink:KEYSET.json?kek=KEY where it is encrypted"
    static let envelopeForm = "tink-kms:aws-kms://ARN?dek=AES256_GCM"
    static let maximumByteCount = 1 << 20

    let file: String
    /// What opens an encrypted keyset: a key of a key service, or another keyset.
    let kek: Kek?
    /// What an encrypted keyset is bound to.
    let associatedData: [UInt8]

    indirect enum Kek {
        case service(KeyID)
        case keyset(TinkArgument)
    }

    /// Takes `PATH?kek=KEY&associated-data=TEXT` apart; in the values `%xx` stands for a byte.
    init(_ text: String) throws {
        guard let question = text.firstRange(of: "?kek=") else {
            (file, kek, associatedData) = (text, nil, [])
            return
        }
        file = String(text[..<question.lowerBound])
        let rest = text[question.upperBound...]
        let and = rest.firstRange(of: "&associated-data=")
        guard !file.isEmpty, let name = KeyURI.decoded(rest[..<(and?.lowerBound ?? rest.endIndex)]),
            let data = KeyURI.decoded(and.map { rest[$0.upperBound...] } ?? "")
        else { throw CommandError("the keyset has options that can't be read", hint: "write it as \(Self.form)") }
        kek = name.hasPrefix("tink:") ? .keyset(try TinkArgument(String(name.dropFirst(5)))) : .service(try KeyID(name))
        associatedData = Array(data.utf8)
    }

    /// The keyset. Its file is looked at like any with a secret in it.
    func open(_ services: KeyServices) async throws -> TinkKeyset {
        let file = try SecretFile.read(file, limit: Self.maximumByteCount)
        do {
            guard let kek = try await kek?.wrapper(services) else {
                return try TinkKeyset(file, service: services.keyring)
            }
            return try await TinkKeyset.open(
                file, with: kek, associatedData: associatedData, service: services.keyring)
        } catch let error as MessageError {
            throw CommandError("\(self.file): \(error.message)", hint: error.hint)
        }
    }

    /// What `--associated-data` says: a text, or `@FILE`.
    static func bytes(of text: String) throws -> [UInt8] {
        guard text.hasPrefix("@") else { return Array(text.utf8) }
        return try SmallFile.read(String(text.dropFirst()), limit: 1 << 20, what: "associated data")
    }
}

extension TinkArgument.Kek {
    fileprivate func wrapper(_ services: KeyServices) async throws -> any TinkKeyWrapper {
        switch self {
        case .service(let key): TinkServiceKey(key, in: services.keyring)
        case .keyset(let argument): try await argument.open(services)
        }
    }
}

extension RecipientArgument {
    /// What follows `tink-kms:`: a key of a key service, and the template of data keys.
    static func tinkKMS(_ text: String) throws -> RecipientArgument {
        let parts = text.split(separator: "?dek=", maxSplits: 1)
        guard parts.count == 2 else { return .tinkKMS(try KeyID(text), .aes256GCM) }
        guard let dataKey = TinkDataKey.named[String(parts[1])] else {
            throw CommandError(
                "“\(parts[1])” is no template of data keys",
                hint: "one of \(TinkDataKey.named.keys.sorted().joined(separator: ", "))")
        }
        return .tinkKMS(try KeyID(String(parts[0])), dataKey)
    }
}
