import Coffer
import CofferCrypto
import CofferTesting
import Foundation

/// The published messages of the AWS Encryption SDK format: `COFFER_VECTORS`, else `../shared/vectors`.
enum MessageVectors {
    static let folder: URL = {
        let base: URL
        if let path = ProcessInfo.processInfo.environment["COFFER_VECTORS"] {
            base = URL(filePath: path)
        } else {
            base = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "shared/vectors")
        }
        return base.appending(path: "esdk")
    }()

    static func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }

    static func json<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }

    /// The files of an archive.
    static func archive(_ name: String) throws -> Archive {
        let target = FileManager.default.temporaryDirectory.appending(path: "coffer-\(UUID().uuidString)")
        let archive = folder.appending(path: name).path
        _ = try ChildProcess.output(of: "/usr/bin/env", ["python3", "-m", "zipfile", "-e", archive, target.path])
        return try Archive(folder: target)
    }

    /// A manifest with its keys and messages.
    final class Archive {
        struct Manifest: Decodable {
            let tests: [String: Case]
        }
        struct Case: Decodable {
            struct Key: Decodable {
                let key: String
                let providerID: String
                let padding: String?
                let hash: String?

                enum CodingKeys: String, CodingKey {
                    case key, providerID = "provider-id", padding = "padding-algorithm", hash = "padding-hash"
                }
            }
            struct Result: Decodable {
                struct Output: Decodable {
                    let plaintext: String
                }
                let output: Output?
            }
            let ciphertext: String
            let keys: [Key]
            let cmm: String?
            let context: [String: String]?
            let result: Result

            enum CodingKeys: String, CodingKey {
                case ciphertext, keys = "master-keys", cmm, context = "encryption-context", result
            }
        }
        struct Keys: Decodable {
            struct Key: Decodable {
                let id: String
                let encoding: String
                let material: String

                enum CodingKeys: String, CodingKey { case id = "key-id", encoding, material }
            }
            let keys: [String: Key]
        }

        private let folder: URL
        let tests: [String: Case]
        private let known: [String: Keys.Key]
        private var made: [String: any MessageKey] = [:]

        init(folder: URL) throws {
            self.folder = folder
            let decoder = JSONDecoder()
            tests = try decoder.decode(Manifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
                .tests
            known = try decoder.decode(Keys.self, from: Data(contentsOf: folder.appending(path: "keys.json"))).keys
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func file(_ reference: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: folder.appending(path: reference.dropFirst("file://".count))))
        }

        func keys(of test: Case) throws -> [any MessageKey] { try test.keys.map { try key($0) } }

        private func key(_ wanted: Case.Key) throws -> any MessageKey {
            let padding = wanted.hash.map { "oaep-\($0)" } ?? wanted.padding
            let cacheKey = "\(wanted.key) \(padding ?? "")"
            if let key = made[cacheKey] { return key }
            let entry = known[wanted.key]!
            let key: any MessageKey
            if entry.encoding == "pem" {
                key = try RawRSAMessageKey(
                    namespace: wanted.providerID, name: entry.id,
                    key: RSAWrappingKey(pem: secret(Array(entry.material.utf8))),
                    padding: RSAWrappingKey.Padding(rawValue: padding!)!)
            } else {
                key = try RawAESMessageKey(
                    namespace: wanted.providerID, name: entry.id,
                    key: secret([UInt8](Data(base64Encoded: entry.material)!)))
            }
            made[cacheKey] = key
            return key
        }
    }
}

func secret(_ bytes: [UInt8]) -> SecretBytes { unsafe SecretBytes(copying: bytes.span.bytes) }

/// A recipient whose data key is known: for messages that were published with theirs.
struct KnownDataKey: MessageKey {
    let provider: String
    let dataKey: [UInt8]
    var name: String { provider }

    func wrap(_ dataKey: borrowing SecretBytes, context: EncryptionContext) async throws -> EncryptedDataKey {
        EncryptedDataKey(provider: provider, information: [], ciphertext: [])
    }

    func unwrap(_ key: EncryptedDataKey, context: EncryptionContext) async throws -> SecretBytes? {
        key.provider == provider ? secret(dataKey) : nil
    }

    func owner(of key: EncryptedDataKey) async throws -> (any MessageKey)? { key.provider == provider ? self : nil }
}

extension MessageFormat {
    /// The plaintext of `message`. Says so when something was released of one that does not open.
    func open(_ message: [UInt8], piece: Int = .max) async throws -> [UInt8] {
        let sink = MemorySink()
        try await open(MemorySource(message, piece: piece), into: sink)
        guard sink.isFinished else { throw MessageError(.malformed, "opened and not finished") }
        return sink.released
    }

    /// `plaintext` as a message.
    func seal(_ plaintext: [UInt8], piece: Int = .max) async throws -> [UInt8] {
        let sink = MemorySink()
        try await seal(MemorySource(plaintext, piece: piece), into: sink)
        return sink.released
    }
}

extension AWSEncryptionSDK {
    /// Any message, whatever its suite.
    static func reading(_ keys: [any MessageKey], context: EncryptionContext = [:]) -> AWSEncryptionSDK {
        var format = AWSEncryptionSDK(keys: keys, context: context)
        format.commitment = .allow
        return format
    }
}
