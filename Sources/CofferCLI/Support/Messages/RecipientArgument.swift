import Coffer
import CofferCrypto
import Glibc

/// A key as `-k` names it: of a service, or in a file.
enum RecipientArgument {
    case service(KeyID)
    case rawAES(namespace: String, name: String, file: String)
    case rawRSA(namespace: String, name: String, file: String, padding: RSAWrappingKey.Padding)
    case fernet(file: String)

    init(_ text: String) throws {
        if text.hasPrefix("raw-aes:") {
            let parts = try Parts(text, form: "raw-aes://NAMESPACE/NAME?file=PATH", options: ["file"])
            self = .rawAES(namespace: parts.namespace, name: parts.name, file: try parts.required("file"))
        } else if text.hasPrefix("raw-rsa:") {
            let parts = try Parts(
                text, form: "raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=oaep-sha256", options: ["file", "padding"])
            guard let padding = RSAWrappingKey.Padding(rawValue: parts.options["padding"] ?? "oaep-sha256") else {
                throw CommandError(
                    "that is no padding of RSA",
                    hint: "one of \(RSAWrappingKey.Padding.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self = .rawRSA(
                namespace: parts.namespace, name: parts.name, file: try parts.required("file"), padding: padding)
        } else if text.hasPrefix("fernet:") {
            guard text.utf8.count > 7 else {
                throw CommandError("the key names no file", hint: "write it as fernet:PATH")
            }
            self = .fernet(file: String(text.dropFirst(7)))
        } else {
            self = .service(try KeyID(text))
        }
    }

    private struct Parts {
        let namespace: String
        let name: String
        let options: [String: String]
        private let form: String

        /// Takes `SCHEME://NAMESPACE/NAME?a=b&c=d` apart; `%xx` stands for a byte.
        init(_ text: String, form: String, options known: Set<String>) throws {
            self.form = form
            func bad(_ why: String) -> CommandError { CommandError("the key \(why)", hint: "write it as \(form)") }
            guard let start = text.firstRange(of: "://") else { throw bad("has no ://") }
            let rest = text[start.upperBound...]
            let question = rest.firstIndex(of: "?")
            let path = rest[..<(question ?? rest.endIndex)]
            guard let slash = path.firstIndex(of: "/"), slash > path.startIndex,
                let namespace = Self.decoded(path[..<slash]),
                let name = Self.decoded(path[path.index(after: slash)...]), !name.isEmpty
            else { throw bad("has no namespace and name") }
            var options: [String: String] = [:]
            for option in question.map({ rest[rest.index(after: $0)...].split(separator: "&") }) ?? [] {
                let parts = option.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, known.contains(String(parts[0])),
                    let value = Self.decoded(parts[1]),
                    options.updateValue(value, forKey: String(parts[0])) == nil
                else { throw bad("has an option it does not know, or one twice") }
            }
            (self.namespace, self.name, self.options) = (namespace, name, options)
        }

        /// `text` with every `%xx` as the byte it stands for; nil where that is not UTF-8, or not two digits.
        private static func decoded(_ text: Substring) -> String? {
            var bytes: [UInt8] = []
            var rest = text.utf8[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "%") else {
                    bytes.append(byte)
                    continue
                }
                guard rest.count >= 2, let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            }
            return String(validating: bytes, as: UTF8.self)
        }

        func required(_ option: String) throws -> String {
            guard let value = options[option] else {
                throw CommandError("the key says no \(option)=", hint: "write it as \(form)")
            }
            return value
        }
    }
}

/// The recipients that `-k` names.
struct MessageKeys {
    private let arguments: [RecipientArgument]
    private let services: KeyServices

    init(_ texts: [String]) throws {
        arguments = try texts.map { try RecipientArgument($0) }
        services = try KeyServices()
    }

    /// The keys for Fernet tokens; nil where other keys are named. A message is of one format.
    func fernet() throws -> [Fernet.Key]? {
        let files = arguments.compactMap { argument -> String? in
            if case .fernet(let file) = argument { file } else { nil }
        }
        guard !files.isEmpty else { return nil }
        guard files.count == arguments.count else {
            throw CommandError("a Fernet token has Fernet keys only", hint: "name keys of one kind")
        }
        return try files.map { file in
            let text = try SecretFile.read(file, limit: 64)
            do {
                return try Fernet.Key(text)
            } catch let error as MessageError {
                throw CommandError("\(file): \(error.message)", hint: error.hint)
            }
        }
    }

    /// For whom is sealed; `alias/default` where nobody is named.
    func forSealing() throws -> [any MessageKey] {
        try keys(arguments.isEmpty ? [.service(try KeyID("alias/default"))] : arguments)
    }

    /// With what is opened; any key of the embedded store where none is named.
    func forOpening() throws -> [any MessageKey] {
        guard arguments.isEmpty else { return try keys(arguments) }
        return [KMSMessageKey(anyIn: services.keyring)]
    }

    private func keys(_ arguments: [RecipientArgument]) throws -> [any MessageKey] {
        try arguments.map { try key($0) }
    }

    private func key(_ argument: RecipientArgument) throws -> any MessageKey {
        switch argument {
        case .service(let key):
            return KMSMessageKey(key, in: services.keyring)
        case .fernet:
            throw CommandError("a Fernet key is for Fernet tokens")
        case .rawAES(let namespace, let name, let file):
            let key = try SecretFile.read(file, limit: 64)
            do {
                return try RawAESMessageKey(namespace: namespace, name: name, key: key)
            } catch {
                throw CommandError("\(file): \(error.message)", hint: "head -c 32 /dev/urandom > KEYFILE makes one")
            }
        case .rawRSA(let namespace, let name, let file, let padding):
            let pem = try SecretFile.read(file, limit: 1 << 16)
            do {
                return try RawRSAMessageKey(
                    namespace: namespace, name: name, key: RSAWrappingKey(pem: pem), padding: padding)
            } catch let error as CryptoError {
                throw CommandError("\(file): \(error.message)")
            }
        }
    }
}

/// Key files, read straight into memory that is wiped.
enum SecretFile {
    static func read(_ path: String, limit: Int) throws -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandError("the key file \(path) can't be read", hint: "is it there, and may you read it?")
        }
        defer { close(file) }
        var count = 0
        let whole = SecretBytes(count: limit + 1) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                while used < buffer.count {
                    let got = unsafe Glibc.read(file, buffer.baseAddress! + used, buffer.count - used)
                    guard got > 0 else { break }
                    used += got
                }
                count = used
            }
        }
        guard count > 0, count <= limit else {
            throw CommandError("the key file \(path) has \(count == 0 ? "nothing in it" : "more than \(limit) bytes")")
        }
        return whole.withBytes { SecretBytes(copying: $0.extracting(first: count)) }
    }
}
