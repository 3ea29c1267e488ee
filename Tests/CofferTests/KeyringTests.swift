import Coffer
import CofferCrypto
import CofferTesting
import Synchronization
import Testing

@Suite struct `A keyring` {
    private let store = InMemoryKMS()

    @Test func `is a key management service`() async throws {
        let other = store.createKey(.encryptDecrypt, alias: "alias/other")
        let keyring = Keyring(["coffer": { store }])
        let suite = KeyManagementConformance(
            keyring, encrypting: try KeyID("alias/default"), another: other, mac: try KeyID("alias/default-mac"))
        #expect(await suite.failures() == [])
    }

    @Test func `opens a service once, and only when a key of it is used`() async throws {
        let opened = Mutex<[String]>([])
        let keyring = Keyring([
            "coffer": {
                opened.withLock { $0.append("coffer") }
                return store
            },
            "aws-kms": {
                opened.withLock { $0.append("aws-kms") }
                throw KeyError(.unavailable, "not today")
            },
        ])
        #expect(opened.withLock { $0 } == [])
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { _ = try await keyring.describe(KeyID("alias/default")) } }
            try await group.waitForAll()
        }
        #expect(opened.withLock { $0 } == ["coffer"])
        for _ in 0..<2 {
            await #expect(throws: KeyError(.unavailable, "")) { try await keyring.describe(KeyID("aws-kms://alias/a")) }
        }
        #expect(opened.withLock { $0 } == ["coffer", "aws-kms", "aws-kms"])
    }

    @Test func `says which services there are`() async throws {
        let keyring = Keyring(["coffer": { store }])
        do {
            _ = try await keyring.describe(KeyID("gcp-kms://projects/p"))
            Issue.record("it succeeded")
        } catch let error as KeyError {
            #expect(error.code == .invalidName && error.hint?.contains("coffer") == true)
        }
    }

    @Test func `remembers uses with whoever holds the key, and opens no store for others' keys`() async throws {
        let opened = Mutex(0)
        let keyring = Keyring([
            "coffer": {
                opened.withLock { $0 += 1 }
                return store
            },
            "aws-kms": { AnotherService() },
        ])
        let mine = try await store.describe(KeyID("alias/default")).key
        let theirs = try KeyID("aws-kms://arn:aws:kms:eu-west-1:111122223333:key/1")
        func use(_ keys: KeyID...) -> KeyUse {
            KeyUse(
                catalogue: "c", location: "here", dataset: "d",
                keys: Set(keys.map { KeyUse.Reference(key: $0, version: 1) }))
        }
        try await keyring.record(use(theirs))
        #expect(opened.withLock { $0 } == 0)
        try await keyring.record(use(mine, theirs))
        #expect(try await keyring.uses(of: mine, version: 1).map(\.keys) == [use(mine).keys])
        #expect(try await keyring.uses(of: theirs, version: 1) == [])
        // The table moved to the other service: the store may forget it.
        try await keyring.record(use(theirs))
        #expect(try await keyring.uses(of: mine, version: nil) == [])
    }
}

/// A service of other keys, which remembers nothing.
private struct AnotherService: KeyManagementService {
    private let store = InMemoryKMS()

    func generateDataKey(under key: KeyID, byteCount: Int, context: EncryptionContext) async throws -> DataKey {
        try await store.generateDataKey(under: key, byteCount: byteCount, context: context)
    }
    func wrap(_ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext) async throws
        -> WrappedKey
    {
        try await store.wrap(plaintext, under: key, context: context)
    }
    func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try await store.unwrap(wrapped, context: context)
    }
    func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await store.mac(message, under: key)
    }
    func describe(_ key: KeyID) async throws -> KeyDescription { try await store.describe(key) }
}
