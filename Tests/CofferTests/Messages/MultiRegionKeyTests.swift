import Coffer
import CofferCrypto
import CofferTesting
import Synchronization
import Testing

/// AWS KMS of one region: has the keys of ARNs in its region, and all regions have the same material for one `mrk-…`.
private final class RegionalKMS: KeyManagementService {
    private static let material = try! RawAESMessageKey(
        namespace: "kms", name: "material", key: Randomness.system.secret(count: 32))
    private let region: String
    /// The names it was asked by, in order.
    let asked = Mutex<[String]>([])

    init(_ region: String) { self.region = region }

    private func check(_ key: KeyID) throws {
        asked.withLock { $0.append(key.name) }
        guard key.name.contains(":\(region):") else { throw KeyError(.notFound, "no such key in \(region)") }
    }

    /// What the wrapped key is bound to: the key's name without its region, where it is a multi-Region key.
    private func binding(_ key: KeyID, _ context: EncryptionContext) -> EncryptionContext {
        let parts = key.name.split(separator: ":", omittingEmptySubsequences: false)
        let name = key.name.contains(":key/mrk-") ? "\(parts[4]) \(parts[5])" : key.name
        return EncryptionContext(context.pairs.merging(["kms": name]) { $1 })
    }

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        let plaintext = Randomness.system.secret(count: byteCount)
        let wrapped = try await wrap(plaintext, under: key, context: context)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try check(key)
        let made = try await Self.material.wrap(plaintext, context: binding(key, context))
        return WrappedKey(key: key, version: 1, bytes: made.information.suffix(12) + made.ciphertext)
    }

    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try check(wrapped.key)
        let information = Array("material".utf8) + [0, 0, 0, 128, 0, 0, 0, 12] + wrapped.bytes.prefix(12)
        let key = EncryptedDataKey(
            provider: "kms", information: information, ciphertext: Array(wrapped.bytes.dropFirst(12)))
        guard let opened = try await Self.material.unwrap(key, context: binding(wrapped.key, context)) else {
            throw KeyError(.notAuthentic, "it does not open")
        }
        return opened
    }

    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        throw KeyError(.unsupported, "no MACs here")
    }

    func describe(_ key: KeyID) async throws -> KeyDescription {
        let id = key.isAlias ? try KeyID(arn(region, "key/mrk-1")) : key
        return KeyDescription(
            key: id, aliases: [], usage: .encryptDecrypt, isEnabled: true,
            versions: [.init(number: 1, isEnabled: true, created: 0)], created: 0)
    }
}

private func arn(_ region: String, _ resource: String, account: String = "111122223333") -> String {
    "aws-kms://arn:aws:kms:\(region):\(account):\(resource)"
}

@Suite struct `A message under a multi-Region key` {
    private let west = RegionalKMS("us-west-2")
    private let east = RegionalKMS("eu-east-1")

    private func key(_ text: String, in service: RegionalKMS) throws -> KMSMessageKey {
        KMSMessageKey(try KeyID(text), in: service)
    }

    private func sealed(_ resource: String) async throws -> [UInt8] {
        try await AWSEncryptionSDK(keys: [try key(arn("us-west-2", resource), in: west)], context: ["a": "b"]).seal([
            1, 2,
        ])
    }

    @Test func `opens in another region, asked for by the caller's own name of the key`() async throws {
        let message = try await sealed("key/mrk-1")
        let here = try key(arn("eu-east-1", "key/mrk-1"), in: east)
        #expect(try await AWSEncryptionSDK(keys: [here]).open(message) == [1, 2])
        #expect(east.asked.withLock { $0 } == ["arn:aws:kms:eu-east-1:111122223333:key/mrk-1"])
        // An alias is never a multi-Region name, and is what it stands for.
        let alias = try key(arn("eu-east-1", "alias/any"), in: east)
        #expect(try await AWSEncryptionSDK(keys: [alias]).open(message) == [1, 2])
    }

    @Test(arguments: [
        "aws-kms://arn:aws:kms:eu-east-1:111122223333:key/mrk-2",
        "aws-kms://arn:aws:kms:eu-east-1:444455556666:key/mrk-1",
        "aws-kms://arn:aws-cn:kms:eu-east-1:111122223333:key/mrk-1",
        "aws-kms://arn:aws:kms:eu-east-1:111122223333:key/1",
        "aws-kms://arn:aws:kms:eu-east-1:111122223333:alias/mrk-1",
    ])
    func `does not open for a key that is another one in anything but its region`(name: String) async throws {
        let message = try await sealed(name.hasSuffix("alias/mrk-1") ? "key/mrk-9" : "key/mrk-1")
        await #expect(throws: MessageError(.noKey, "")) {
            try await AWSEncryptionSDK(keys: [try key(name, in: east)]).open(message)
        }
    }

    @Test func `that has one region only opens there alone`() async throws {
        let message = try await sealed("key/1234")
        await #expect(throws: MessageError(.noKey, "")) {
            try await AWSEncryptionSDK(keys: [try key(arn("eu-east-1", "key/1234"), in: east)]).open(message)
        }
        let own = try key(arn("us-west-2", "key/1234"), in: west)
        #expect(try await AWSEncryptionSDK(keys: [own]).open(message) == [1, 2])
    }
}
