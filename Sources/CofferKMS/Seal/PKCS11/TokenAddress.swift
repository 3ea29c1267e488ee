public import Coffer
import CofferCrypto
import Foundation

/// An AES key in a token, as a PKCS #11 URI names it (RFC 7512): `pkcs11:token=coffer;object=root?module-path=/…&pin-source=file:/…`.
public struct TokenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The label of the token.
    public let token: String
    /// The label of the key.
    public let key: String
    /// The file of the module, which is only ever taken from the configuration: it is run.
    public let module: String?
    /// Where the PIN is.
    public let pin: SecretReference?

    /// An address of its parts.
    public init(token: String, key: String, module: String?, pin: SecretReference? = nil) throws(KeyError) {
        guard (1...32).contains(token.utf8.count), (1...256).contains(key.utf8.count) else { throw Self.malformed }
        (self.token, self.key, self.module, self.pin) = (token, key, module, pin)
    }

    /// Parses a URI with the attributes `token`, `object`, `module-path` and `pin-source`, and no others.
    public init(_ uri: String) throws(KeyError) {
        guard uri.hasPrefix("pkcs11:"), uri.utf8.count <= 4096 else { throw Self.malformed }
        let parts = uri.dropFirst(7).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var values = try Self.attributes(parts[0], separator: ";", ["token", "object", "type"])
        if parts.count == 2 {
            values.merge(try Self.attributes(parts[1], separator: "&", ["module-path", "pin-source"])) { first, _ in
                first
            }
        }
        guard let token = values["token"], let key = values["object"], values["type"] ?? "secret-key" == "secret-key"
        else { throw Self.malformed }
        var pin: SecretReference?
        if let source = values["pin-source"] {
            guard let reference = SecretReference(source) else {
                throw KeyError(
                    .invalidArgument, "pin-source must say where the PIN is", hint: "write env:NAME or file:PATH")
            }
            pin = reference
        }
        try self.init(token: token, key: key, module: values["module-path"], pin: pin)
    }

    private static func attributes(
        _ text: Substring, separator: Character, _ known: Set<String>
    ) throws(KeyError) -> [String: String] {
        var values: [String: String] = [:]
        for part in text.split(separator: separator) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, known.contains(String(pair[0])), let value = String(pair[1]).removingPercentEncoding,
                values.updateValue(value, forKey: String(pair[0])) == nil
            else { throw malformed }
        }
        return values
    }

    private static var malformed: KeyError {
        KeyError(
            .invalidArgument, "that is not the PKCS #11 URI of a key",
            hint: "write pkcs11:token=LABEL;object=LABEL?module-path=/PATH&pin-source=file:/PATH")
    }

    /// The URI of the key, without module and PIN.
    public var description: String { "pkcs11:token=\(Self.escaped(token));object=\(Self.escaped(key))" }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + Hexadecimal.encode([byte]).uppercased()
            }
        }
        return escaped
    }
}
