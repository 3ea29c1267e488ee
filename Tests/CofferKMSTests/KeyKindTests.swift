import Coffer
import CofferCrypto
import CofferTesting
import Synchronization
import Testing

@testable import CofferKMS

@Suite struct `Keys of every kind` {
    private static let signing: [(KeySpec, SigningAlgorithm)] = KeySpec.allCases.filter {
        $0.usages.contains(.signVerify)
    }
    .filter { $0 == .rsa2048 || $0.modulusByteCount == nil }
    .flatMap { spec in spec.signingAlgorithms.map { (spec, $0) } }

    @Test(arguments: [KeySpec.symmetricDefault, .hmac224, .hmac384, .rsa2048, .eccNISTP256, .eccNISTP521, .ed25519])
    func `are there again when the store is closed and opened`(spec: KeySpec) async throws {
        let place = try TemporaryStore()
        let usage = try #require(spec.usages.last)
        let tags = [try KeyTag(name: "team", value: "crm")]
        let new = NewKey(
            usage: usage, spec: spec, description: "of customers", tags: tags, policy: "{}",
            alias: try AliasName("alias/new"))
        let made = try await place.open().createKey(new)
        let found = try await place.open().describe(try KeyID("alias/new"))
        #expect(found == made)
        #expect(found.spec == spec && found.usage == usage && found.origin == .generated && found.state == .enabled)
        #expect(found.tags == ["team": "crm"] && found.description == "of customers")
        #expect(try await place.open().policy(of: found.key) == "{}")
        let id = try #require(found.versions.first?.materialID)
        #expect(id.count == 64 && id.allSatisfy(\.isHexDigit))
    }

    @Test func `are made whole or not at all`() async throws {
        let store = try TemporaryStore().open()
        let before = try store.keyStoreState()
        for new in [
            NewKey(usage: .signVerify, spec: .symmetricDefault), NewKey(usage: .encryptDecrypt, spec: .eccNISTP256),
            NewKey(usage: .generateVerifyMAC, spec: .rsa2048), NewKey(description: "a\nb"),
            NewKey(policy: String(repeating: " ", count: 32769)), NewKey(alias: try AliasName("alias/default")),
            NewKey(tags: try (0..<51).map { try KeyTag(name: "n\($0)", value: "") }),
            NewKey(tags: try ["1", "2"].map { try KeyTag(name: "n", value: $0) }),
        ] {
            await #expect(throws: KeyError.self) { _ = try await store.createKey(new) }
        }
        #expect(try store.keyStoreState() == before)
    }

    @Test(arguments: signing)
    func `sign messages and digests`(spec: KeySpec, algorithm: SigningAlgorithm) async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let key = try await store.createKey(NewKey(usage: .signVerify, spec: spec)).key
        let signature = try await store.sign([1, 2], under: key, algorithm: algorithm)
        let again = try place.open()
        #expect(try await again.verify(signature, of: [1, 2], under: key, algorithm: algorithm))
        #expect(try await !again.verify(signature, of: [1, 3], under: key, algorithm: algorithm))
        #expect(try await !again.verify([], of: [1, 2], under: key, algorithm: algorithm))
        if let hash = algorithm.scheme?.hash {
            let message: [UInt8] = [1, 2]
            let digest = unsafe Digest.hash(hash, message.span.bytes)
            #expect(try await store.verify(signature, of: digest, isDigest: true, under: key, algorithm: algorithm))
        }
        let wrong = [UInt8](repeating: 0, count: algorithm.digestByteCount + 1)
        for message in [wrong, []] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.sign(message, isDigest: true, under: key, algorithm: algorithm)
            }
        }
        let open = try await store.publicKey(of: key)
        #expect(open.spec == spec && open.usage == .signVerify)
        let publicKey = try PublicKey(try #require(spec.pairKind), der: open.der)
        #expect(try publicKey.isValid(signature, of: [1, 2], try #require(algorithm.scheme)))
    }

    @Test func `sign nothing longer than 4096 bytes and nothing empty`() async throws {
        let store = try TemporaryStore().open()
        let key = try await store.createKey(NewKey(usage: .signVerify, spec: .eccNISTP256)).key
        _ = try await store.sign([UInt8](repeating: 1, count: 4096), under: key, algorithm: .ecdsaSHA256)
        for count in [0, 4097] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.sign([UInt8](repeating: 1, count: count), under: key, algorithm: .ecdsaSHA256)
            }
        }
    }

    @Test func `do what they are for, by the algorithms they have`() async throws {
        let store = try TemporaryStore().open()
        let signing = try await store.createKey(NewKey(usage: .signVerify, spec: .eccNISTP256)).key
        let edwards = try await store.createKey(NewKey(usage: .signVerify, spec: .ed25519)).key
        let mac = try await store.createKey(NewKey(usage: .generateVerifyMAC, spec: .hmac512)).key
        let plain = try KeyID("alias/default")
        let (wrongUsage, wrongAlgorithm) = (KeyError(.wrongUsage, ""), KeyError(.incompatibleAlgorithm, ""))
        await #expect(throws: wrongUsage) { _ = try await store.sign([1], under: plain, algorithm: .ecdsaSHA256) }
        await #expect(throws: wrongUsage) { _ = try await store.sign([1], under: mac, algorithm: .ecdsaSHA256) }
        await #expect(throws: wrongUsage) { _ = try await store.mac([1], under: signing, algorithm: .hmacSHA256) }
        await #expect(throws: wrongUsage) { _ = try await store.encrypt(secret([1]), under: signing) }
        await #expect(throws: wrongUsage) { _ = try await store.decrypt([1], under: mac).materialID }
        await #expect(throws: wrongAlgorithm) {
            _ = try await store.sign([1], under: signing, algorithm: .rsaPSSSHA256)
        }
        await #expect(throws: wrongAlgorithm) { _ = try await store.sign([1], under: signing, algorithm: .ecdsaSHA384) }
        await #expect(throws: wrongAlgorithm) { _ = try await store.mac([1], under: mac, algorithm: .hmacSHA256) }
        await #expect(throws: wrongAlgorithm) { _ = try await store.mac([1], under: mac) }
        await #expect(throws: wrongAlgorithm) {
            _ = try await store.encrypt(secret([1]), under: plain, algorithm: .rsaOAEPSHA256)
        }
        let unsupported = KeyError(.unsupported, "")
        await #expect(throws: unsupported) {
            _ = try await store.sign(
                [UInt8](repeating: 1, count: 64), isDigest: true, under: edwards, algorithm: .ed25519phSHA512)
        }
        await #expect(throws: KeyError(.invalidArgument, "")) {
            _ = try await store.sign(
                [UInt8](repeating: 1, count: 64), isDigest: true, under: edwards, algorithm: .ed25519SHA512)
        }
        for key in [signing, edwards, mac] {
            await #expect(throws: unsupported) { _ = try await store.rotate(key) }
            await #expect(throws: unsupported) { _ = try await store.setRotation(of: key, days: 90) }
        }
        for key in [plain, mac] { await #expect(throws: unsupported) { _ = try await store.publicKey(of: key) } }
    }

    @Test(arguments: [KeySpec.hmac224, .hmac256, .hmac384, .hmac512])
    func `make MACs as long as their digest`(spec: KeySpec) async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let algorithm = try #require(spec.macAlgorithms.first)
        let key = try await store.createKey(NewKey(usage: .generateVerifyMAC, spec: spec)).key
        let mac = try await store.mac([1], under: key, algorithm: algorithm).withBytes { [UInt8](copying: $0) }
        #expect(mac.count == spec.hmacFunction.byteCount)
        let again = try place.open()
        #expect(try await again.verifyMac(mac, for: [1], under: key, algorithm: algorithm))
        for wrong in [Array(mac.dropLast()), mac + [0], [], [mac[0] ^ 1] + mac.dropFirst()] {
            #expect(try await !again.verifyMac(wrong, for: [1], under: key, algorithm: algorithm))
        }
        #expect(try await !again.verifyMac(mac, for: [2], under: key, algorithm: algorithm))
    }

    @Test func `of RSA encrypt what fits, and bind no context`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let key = try await store.createKey(NewKey(usage: .encryptDecrypt, spec: .rsa2048)).key
        for (algorithm, limit) in [(EncryptionAlgorithm.rsaOAEPSHA1, 214), (.rsaOAEPSHA256, 190)] {
            let message = [UInt8](repeating: 7, count: limit)
            let sealed = try await store.encrypt(secret(message), under: key, algorithm: algorithm)
            #expect(sealed.key == key && sealed.materialID == nil)
            let opened = try await place.open().decrypt(sealed.bytes, under: key, algorithm: algorithm)
            #expect(opened.plaintext.withBytes { [UInt8](copying: $0) } == message)
            let invalid = KeyError(.invalidArgument, "")
            for count in [0, limit + 1] {
                await #expect(throws: invalid) {
                    let message = secret([UInt8](repeating: 7, count: count))
                    _ = try await store.encrypt(message, under: key, algorithm: algorithm)
                }
            }
            await #expect(throws: invalid) { _ = try await store.decrypt(sealed.bytes, algorithm: algorithm).key }
            await #expect(throws: invalid) {
                _ = try await store.encrypt(secret([1]), under: key, algorithm: algorithm, context: ["a": "b"])
            }
            await #expect(throws: KeyError(.notAuthentic, "")) {
                _ = try await store.decrypt(Array(sealed.bytes.dropLast()), under: key, algorithm: algorithm).key
            }
        }
    }

    @Test(arguments: [KeySpec.rsa2048, .eccNISTP384, .ed25519])
    func `wrap key pairs for data`(spec: KeySpec) async throws {
        let store = try TemporaryStore().open()
        let alias = try KeyID("alias/default")
        let pair = try await store.generateDataKeyPair(spec, under: alias, context: ["a": "b"])
        let opened = try await store.decrypt(pair.wrapped.bytes, context: ["a": "b"])
        let kind = try #require(spec.pairKind)
        #expect(try KeyPair(kind, pkcs8: opened.plaintext).publicKey.der == pair.publicDER)
        await #expect(throws: KeyError(.invalidArgument, "")) {
            _ = try await store.generateDataKeyPair(.hmac256, under: alias).spec
        }
        await #expect(throws: KeyError(.wrongUsage, "")) {
            _ = try await store.generateDataKeyPair(spec, under: try KeyID("alias/default-mac")).spec
        }
    }

    @Test func `are tried out in a drill`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        for spec in [KeySpec.hmac512, .rsa2048, .eccNISTP384, .ed25519] {
            for usage in spec.usages { _ = try await store.createKey(NewKey(usage: usage, spec: spec)) }
        }
        _ = try await store.createKey(NewKey(origin: .external))
        _ = try await store.backup(to: place.folder + "/b")
        let summary = try KeyStore.verifyBackup(place.folder + "/b", seal: .file(place.rootKey))
        #expect(summary.keys == 8 && summary.versions == 7)
    }
}

@Suite struct `A ciphertext` {
    private let alias = try! KeyID("alias/default")

    @Test func `names its key`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        let description = try await store.describe(alias)
        let sealed = try await store.encrypt(secret([1, 2]), under: alias, context: ["a": "b"])
        #expect(sealed.key == description.key && sealed.materialID == description.versions[0].materialID)
        _ = try await store.rotate(alias)
        let opened = try await place.open().decrypt(sealed.bytes, context: ["a": "b"])
        #expect(opened.plaintext.withBytes { [UInt8](copying: $0) } == [1, 2])
        #expect(opened.key == description.key && opened.materialID == sealed.materialID)
        let next = try await store.encrypt(secret([1, 2]), under: alias)
        #expect(next.materialID != sealed.materialID)
    }

    @Test func `does not open under another key that is named, nor with another context, nor altered`() async throws {
        let store = try TemporaryStore().open()
        let other = try await store.createKey(.encryptDecrypt).key
        let sealed = try await store.encrypt(secret([1]), under: alias, context: ["a": "b"])
        _ = try await store.decrypt(sealed.bytes, under: sealed.key, context: ["a": "b"]).key
        await #expect(throws: KeyError(.incorrectKey, "")) {
            _ = try await store.decrypt(sealed.bytes, under: other, context: ["a": "b"]).key
        }
        let refusal = KeyError(.notAuthentic, "")
        for context in [[:], ["a": "c"], ["A": "b"], ["a": "b", "c": "d"]] as [EncryptionContext] {
            await #expect(throws: refusal) { _ = try await store.decrypt(sealed.bytes, context: context).key }
        }
        for bit in stride(from: 0, to: sealed.bytes.count * 8, by: 5) {
            var bytes = sealed.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            await #expect(throws: refusal) { _ = try await store.decrypt(bytes, context: ["a": "b"]).key }
        }
        for bytes in [[], [1], Array(sealed.bytes.dropLast())] {
            await #expect(throws: refusal) { _ = try await store.decrypt(bytes, context: ["a": "b"]).key }
        }
    }

    @Test func `is found by every name of its key`() async throws {
        let store = try TemporaryStore().open()
        let id = try await store.describe(alias).key.name
        let sealed = try await store.encrypt(secret([1]), under: alias)
        for name in [
            id, "alias/default", "arn:aws:kms:eu-west-1:111122223333:key/\(id)",
            "arn:aws:kms:eu-west-1:111122223333:alias/default",
        ] {
            #expect(try await store.decrypt(sealed.bytes, under: try KeyID(name)).key.name == id)
        }
        await #expect(throws: KeyError(.notFound, "")) {
            _ = try await store.describe(try KeyID("arn:aws:kms:eu-west-1:111122223333:key/none"))
        }
    }

    @Test func `may hold a data key of 1 to 1024 bytes`() async throws {
        let store = try TemporaryStore().open()
        for count in [1, 1024] {
            let made = try await store.generateDataKey(count, under: alias)
            let opened = try await store.decrypt(made.ciphertext.bytes)
            let same = opened.plaintext.isEqual(to: made.plaintext)
            #expect(same && made.plaintext.count == count)
        }
        for count in [Int.min, 0, 1025] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.generateDataKey(count, under: alias).ciphertext
            }
        }
    }
}

@Suite struct `What a store keeps in memory` {
    private let alias = try! KeyID("alias/default")

    @Test func `goes with the key, the import or the access key, in every process`() async throws {
        let place = try TemporaryStore()
        let clock = TestClock()
        let (store, other) = (try place.open(clock), try place.open(clock))
        let id = try await store.createAccessKey(try NewAccessKey(name: "etl", roles: [.keyUser])).id
        let key = try await store.createKey(.encryptDecrypt).key
        for store in [store, other] {
            _ = try store.accessKey(id)
            _ = try await store.encrypt(secret([1]), under: key)
            #expect(store.accessKeySecrets.withLock(\.count) == 1 && store.materials.withLock(\.count) == 1)
        }
        try await store.revokeAccessKey(id)
        _ = try await store.scheduleDeletion(key, days: 7)
        clock.advance(days: 7)
        for store in [store, other] {
            _ = try await store.describe(alias)
            #expect(store.accessKeySecrets.withLock(\.isEmpty) && store.materials.withLock(\.isEmpty))
        }
    }
}

/// A secret with these bytes.
func secret(_ bytes: [UInt8]) -> SecretBytes { unsafe SecretBytes(copying: bytes.span.bytes) }
