import Coffer
import CofferTesting
import Foundation
import Testing

@Suite struct `Published messages of the AWS Encryption SDK` {
    @Test(.enabled(if: MessageVectors.exists("py407-raw-dev.zip"), "no py407-raw-dev.zip among the vectors"))
    func `of raw keys open, 300, or are refused, 1177`() async throws {
        let archive = try MessageVectors.archive("py407-raw-dev.zip")
        var (opened, refused) = (0, 0)
        for (name, test) in archive.tests {
            let format = AWSEncryptionSDK.reading(try archive.keys(of: test))
            let message = try archive.file(test.ciphertext)
            if let output = test.result.output {
                let plaintext = try await format.open(message)
                #expect(plaintext == (try archive.file(output.plaintext)), "\(name)")
                opened += 1
            } else {
                await #expect(throws: MessageError.self, "\(name)") { try await format.open(message) }
                refused += 1
            }
        }
        #expect(opened == 300 && refused == 1177)
    }

    @Test(.enabled(if: MessageVectors.exists("valid-Net-4.0.0.zip"), "no valid-Net-4.0.0.zip among the vectors"))
    func `with context that they do not carry open with it, and not without`() async throws {
        let archive = try MessageVectors.archive("valid-Net-4.0.0.zip")
        var opened = 0
        for (name, test) in archive.tests {
            let keys = try archive.keys(of: test)
            let message = try archive.file(test.ciphertext)
            let context = EncryptionContext(test.context ?? [:])
            let plaintext = try await AWSEncryptionSDK.reading(keys, context: context).open(message)
            #expect(plaintext == (try archive.file(test.result.output!.plaintext)), "\(name)")
            let stored = try await AWSEncryptionSDK.describe(MemorySource(message)).context
            if context.pairs.keys.contains(where: { stored.pairs[$0] == nil }) {
                await #expect(throws: MessageError.self, "\(name)") {
                    try await AWSEncryptionSDK.reading(keys).open(message)
                }
            }
            opened += 1
        }
        #expect(opened == 5)
    }

    struct CommitmentVectors: Decodable {
        struct Vector: Decodable {
            let ciphertext: Data
            let dataKey: Data
            let commitment: Data?
            let frames: [String]?
            let status: Bool
            let comment: String

            enum CodingKeys: String, CodingKey {
                case ciphertext, dataKey = "decrypted-dek", commitment, frames = "plaintext-frames", status, comment
            }
        }
        let tests: [Vector]
    }

    @Test(
        .enabled(
            if: MessageVectors.exists("commitment-test-vectors.json"),
            "no commitment-test-vectors.json among the vectors"))
    func `that commit to a key open, 41, or are refused, 5`() async throws {
        let vectors = try MessageVectors.json("commitment-test-vectors.json", as: CommitmentVectors.self)
        var (opened, refused) = (0, 0)
        for vector in vectors.tests {
            let message = [UInt8](vector.ciphertext)
            let recipients = try await AWSEncryptionSDK.describe(MemorySource(message)).recipients
            let keys = recipients.map { KnownDataKey(provider: $0.provider, dataKey: [UInt8](vector.dataKey)) }
            let format = AWSEncryptionSDK(keys: keys)
            if vector.status {
                let plaintext = try await format.open(message)
                if let frames = vector.frames {
                    #expect(plaintext == Array(frames.joined().utf8), "\(vector.comment)")
                }
                opened += 1
            } else {
                await #expect(throws: MessageError(.notAuthentic, ""), "\(vector.comment)") {
                    try await format.open(message)
                }
                refused += 1
            }
        }
        #expect(opened == 41 && refused == 5)
    }

    struct OracleVector: Decodable {
        let kind: String
        let suite: String
        let ciphertext: Data
        let plaintext: Data

        enum CodingKeys: String, CodingKey { case kind = "key-type", suite = "algorithm-suite", ciphertext, plaintext }
    }

    @Test(
        .enabled(
            if: MessageVectors.exists("decrypt_oracle_vectors.json"), "no decrypt_oracle_vectors.json among the vectors"
        ))
    func `of known data keys open, 18, in every suite without commitment`() async throws {
        let vectors = try MessageVectors.json("decrypt_oracle_vectors.json", as: [OracleVector].self)
        var opened = 0
        for vector in vectors where vector.kind != "aws-kms" {
            let count = try AlgorithmSuite(vector.suite).keyByteCountForTests
            let dataKey = vector.kind == "null" ? [UInt8](repeating: 0, count: count) : (1...UInt8(count)).map { $0 }
            let format = AWSEncryptionSDK.reading([KnownDataKey(provider: vector.kind, dataKey: dataKey)])
            #expect(try await format.open([UInt8](vector.ciphertext)) == [UInt8](vector.plaintext), "\(vector.suite)")
            opened += 1
        }
        #expect(opened == 18)
    }
}

extension AlgorithmSuite {
    fileprivate var keyByteCountForTests: Int {
        algorithms.hasPrefix("AES-128") ? 16 : algorithms.hasPrefix("AES-192") ? 24 : 32
    }
}
