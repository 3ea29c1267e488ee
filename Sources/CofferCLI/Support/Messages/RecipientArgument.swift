import Coffer
import CofferCrypto

/// A key as `-k` names it: of a service, in a file, or a passphrase.
enum RecipientArgument {
    case service(KeyID)
    case rawAES(namespace: String, name: String, file: String)
    case rawRSA(namespace: String, name: String, file: String, padding: RSAWrappingKey.Padding)
    case tink(TinkArgument)
    case tinkKMS(KeyID, TinkDataKey)
    case fernet(file: String)
    case age(String)
    case ageIdentity(file: String)
    case jwk(file: String)
    /// Nil is asked for.
    case passphrase(SecretReference?)

    /// What kind of key it is: formats differ in those they take.
    enum Kind: String {
        case service
        case rawAES = "raw-aes"
        case rawRSA = "raw-rsa"
        case tink
        case tinkKMS = "tink-kms"
        case fernet, age
        case ageIdentity = "age-identity"
        case jwk, passphrase
    }

    var kind: Kind {
        switch self {
        case .service: .service
        case .rawAES: .rawAES
        case .rawRSA: .rawRSA
        case .tink: .tink
        case .tinkKMS: .tinkKMS
        case .fernet: .fernet
        case .age: .age
        case .ageIdentity: .ageIdentity
        case .jwk: .jwk
        case .passphrase: .passphrase
        }
    }

    init(_ text: String) throws {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        switch Kind(rawValue: String(text[..<colon])) {
        case .rawAES:
            let parts = try KeyURI(text, form: "raw-aes://NAMESPACE/NAME?file=PATH", options: ["file"])
            self = .rawAES(namespace: parts.namespace, name: parts.name, file: try parts.required("file"))
        case .rawRSA:
            let parts = try KeyURI(
                text, form: "raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=oaep-sha256", options: ["file", "padding"])
            guard let padding = RSAWrappingKey.Padding(rawValue: parts.options["padding"] ?? "oaep-sha256") else {
                throw CommandError(
                    "that is no padding of RSA",
                    hint: "one of \(RSAWrappingKey.Padding.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self = .rawRSA(
                namespace: parts.namespace, name: parts.name, file: try parts.required("file"), padding: padding)
        case .tink: self = .tink(try TinkArgument(Self.rest(of: text, after: colon, TinkArgument.form)))
        case .tinkKMS: self = try Self.tinkKMS(Self.rest(of: text, after: colon, TinkArgument.envelopeForm))
        case .fernet: self = .fernet(file: try Self.rest(of: text, after: colon, "fernet:PATH"))
        case .age: self = .age(try Self.rest(of: text, after: colon, "age:RECIPIENT"))
        case .ageIdentity: self = .ageIdentity(file: try Self.rest(of: text, after: colon, "age-identity:PATH"))
        case .jwk: self = .jwk(file: try Self.rest(of: text, after: colon, "jwk:PATH"))
        case .passphrase: self = .passphrase(try Self.passphrase(text[colon...].dropFirst()))
        case .service, nil: self = .service(try KeyID(text))
        }
    }

    private static func rest(of text: String, after colon: String.Index, _ form: String) throws -> String {
        let rest = text[colon...].dropFirst()
        guard !rest.isEmpty else { throw CommandError("the key names nothing", hint: "write it as \(form)") }
        return String(rest)
    }

    /// What follows `passphrase:`. The passphrase itself never stands there: command lines are seen by others.
    private static func passphrase(_ text: Substring) throws -> SecretReference? {
        if text.isEmpty { return nil }
        for (option, scheme) in [("?file=", "file:"), ("?env=", "env:")] where text.hasPrefix(option) {
            if let reference = SecretReference(scheme + text.dropFirst(option.count)) { return reference }
        }
        throw CommandError(
            "a passphrase is not written on the command line", hint: "passphrase: asks, passphrase:?file=PATH reads it")
    }
}
