import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import GRDB
import Testing

@testable import CofferKMS

@Suite struct `Imported material` {
    private let clock = TestClock()
    private static let material = [UInt8](0..<32)

    /// A key that waits for its material.
    private func key(_ store: KeyStore, _ spec: KeySpec = .symmetricDefault) async throws -> KeyID {
        try await store.createKey(NewKey(usage: spec.usages.last!, spec: spec, origin: .external)).key
    }

    /// Wraps `material` as somebody outside does.
    private func wrap(
        _ material: [UInt8], _ parameters: ImportParameters, _ algorithm: WrappingAlgorithm
    ) throws -> [UInt8] {
        let key = try PublicKey(.rsa2048, der: parameters.publicKey)
        let hash: OAEPHash = algorithm.rawValue.hasSuffix("_1") ? .sha1 : .sha256
        guard algorithm.isForAnyLength else { return try key.encrypt(secret(material), hash) }
        let kek = Randomness.system.secret(count: 32)
        return try key.encrypt(kek, hash) + KeyWrap.wrap(secret(material), under: kek)
    }

    /// A key that waits for its material, a token for it, and the material wrapped.
    private func offer(_ store: KeyStore) async throws -> (key: KeyID, token: [UInt8], wrapped: [UInt8]) {
        let key = try await key(store)
        let parameters = try await store.importParameters(
            for: key, wrappingAlgorithm: .rsaOAEPSHA256, wrappingKeySpec: .rsa2048)
        return (key, parameters.token, try wrap(Self.material, parameters, .rsaOAEPSHA256))
    }

    @discardableResult
    private func importMaterial(
        _ material: [UInt8], into key: KeyID, _ store: KeyStore, _ algorithm: WrappingAlgorithm = .rsaOAEPSHA256,
        expires: Int64? = nil
    ) async throws -> KeyDescription {
        let parameters = try await store.importParameters(
            for: key, wrappingAlgorithm: algorithm, wrappingKeySpec: .rsa2048)
        let wrapped = try wrap(material, parameters, algorithm)
        return try await store.importMaterial(for: key, token: parameters.token, wrapped: wrapped, expires: expires)
    }

    @Test(arguments: WrappingAlgorithm.allCases)
    func `is what the key works with`(algorithm: WrappingAlgorithm) async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await key(store)
        #expect(try await store.describe(key).state == .pendingImport)
        await #expect(throws: KeyError(.pendingImport, "")) { _ = try await store.encrypt(secret([1]), under: key) }
        let imported = try await importMaterial(Self.material, into: key, store, algorithm)
        #expect(imported.state == .enabled && imported.origin == .external && imported.expiration == nil)
        let sealed = try await store.encrypt(secret([1]), under: key)
        let format = try #require(WrappedKeyFormat(sealed.bytes))
        let opened = try format.open(WrappingSecret(secret(Self.material)), context: [:])
        #expect(opened.withBytes { [UInt8](copying: $0) } == [1])
        _ = try await place.open(clock).decrypt(sealed.bytes).key
    }

    @Test(arguments: [KeySpec.rsa2048, .eccNISTP256, .eccNISTP521, .ed25519])
    func `may be a private key`(spec: KeySpec) async throws {
        let store = try TemporaryStore().open(clock)
        let key = try await key(store, spec)
        let pair = KeyPair.generate(try #require(spec.pairKind))
        try await importMaterial(pair.pkcs8.withBytes { [UInt8](copying: $0) }, into: key, store, .rsaAESKeyWrapSHA256)
        #expect(try await store.publicKey(of: key).der == pair.publicKey.der)
        let signature = try await store.sign([1], under: key, algorithm: try #require(spec.signingAlgorithms.first))
        #expect(try pair.publicKey.isValid(signature, of: [1], try #require(spec.signingAlgorithms.first?.scheme)))
    }

    @Test func `may be an HMAC key, from a digest to a block long`() async throws {
        let store = try TemporaryStore().open(clock)
        for (spec, counts) in [(KeySpec.hmac224, [28, 64]), (.hmac256, [32, 64]), (.hmac384, [48, 128])] {
            for count in counts {
                try await importMaterial([UInt8](repeating: 1, count: count), into: key(store, spec), store)
            }
            for count in [counts[0] - 1, counts[1] + 1] {
                let key = try await key(store, spec)
                await #expect(throws: KeyError(.incorrectMaterial, "")) {
                    try await importMaterial([UInt8](repeating: 1, count: count), into: key, store)
                }
                #expect(try await store.describe(key).state == .pendingImport)
            }
        }
    }

    @Test func `is of the kind of the key`() async throws {
        let store = try TemporaryStore().open(clock)
        let pair = KeyPair.generate(.p256).pkcs8.withBytes { [UInt8](copying: $0) }
        let refusal = KeyError(.incorrectMaterial, "")
        for (spec, material) in [
            (KeySpec.symmetricDefault, [UInt8](repeating: 1, count: 16)), (.symmetricDefault, pair),
            (.eccNISTP384, pair),
            (.eccNISTP256, pair + [0]), (.eccNISTP256, Self.material), (.ed25519, Self.material),
        ] {
            let key = try await key(store, spec)
            await #expect(throws: refusal) {
                try await importMaterial(material, into: key, store, .rsaAESKeyWrapSHA256)
            }
        }
        let rsa = try await key(store, .rsa2048)
        await #expect(throws: KeyError(.unsupported, "")) {
            _ = try await store.importParameters(for: rsa, wrappingAlgorithm: .rsaOAEPSHA1, wrappingKeySpec: .rsa4096)
        }
    }

    @Test func `is the same for good`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await key(store)
        let first = try await importMaterial(Self.material, into: key, store)
        let sealed = try await store.encrypt(secret([1]), under: key)
        let other = [UInt8](repeating: 9, count: 32)
        await #expect(throws: KeyError(.incorrectMaterial, "")) { try await importMaterial(other, into: key, store) }
        #expect(try await store.deleteImportedMaterial(of: key).state == .pendingImport)
        await #expect(throws: KeyError(.pendingImport, "")) { _ = try await store.decrypt(sealed.bytes).key }
        _ = try await store.rotateRoot()
        await #expect(throws: KeyError(.incorrectMaterial, "")) { try await importMaterial(other, into: key, store) }
        let again = try await importMaterial(Self.material, into: key, try place.open(clock))
        #expect(again.versions.map(\.materialID) == first.versions.map(\.materialID) && again.state == .enabled)
        _ = try await place.open(clock).decrypt(sealed.bytes).key
    }

    @Test func `is gone from the file when it is deleted`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await key(store)
        try await importMaterial(Self.material, into: key, store)
        let row = try #require(try place.row("SELECT sealed FROM versions WHERE key = '\(key.name)'"))
        let sealed = row["sealed"] as Data
        #expect(try !place.files(holding: sealed).isEmpty)
        _ = try await store.deleteImportedMaterial(of: key)
        #expect(try place.files(holding: sealed).isEmpty)
        #expect(try await store.deleteImportedMaterial(of: key).state == .pendingImport)
    }

    @Test(arguments: [
        "UPDATE imports SET proof = zeroblob(60)", "UPDATE imports SET expires = 1", "UPDATE imports SET erased = 0",
        "UPDATE imports SET material = zeroblob(16)", "DELETE FROM imports",
    ])
    func `is remembered in a row that nobody alters`(sql: String) async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        try await importMaterial(Self.material, into: key(store), store)
        store.close()
        try place.edit(sql)
        #expect(try place.refusal() != nil)
    }

    @Test func `expires`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await key(store)
        let day: Int64 = 86400
        for expires in [clock.now, clock.now - 1, clock.now + 365 * day + 1] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                try await importMaterial(Self.material, into: key, store, expires: expires)
            }
        }
        let expires = clock.now + 10 * day
        #expect(try await importMaterial(Self.material, into: key, store, expires: expires).expiration == expires)
        let sealed = try await store.encrypt(secret([1]), under: key)
        clock.advance(days: 9)
        _ = try await store.decrypt(sealed.bytes).key
        clock.advance(days: 1)
        await #expect(throws: KeyError(.pendingImport, "")) { _ = try await store.decrypt(sealed.bytes).key }
        let expired = try await place.open(clock).describe(key)
        #expect(expired.state == .pendingImport && expired.expiration == nil && expired.versions.isEmpty)
        // That is one event, however often the store is changed.
        _ = try await store.setDescription(of: key, "x")
        let events = try store.tables().dueEvents.records
        #expect(events.map(\.kind) == [.expired] && events.map(\.key.keyID) == [key])
        #expect(try await importMaterial(Self.material, into: key, store).expiration == nil)
        _ = try await store.decrypt(sealed.bytes).key
    }

    @Test func `comes with a token of the key, for a day`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let (key, other) = (try await key(store), try await key(store))
        let parameters = try await store.importParameters(
            for: key, wrappingAlgorithm: .rsaOAEPSHA256, wrappingKeySpec: .rsa2048)
        #expect(parameters.validTo == clock.now + 86400 && parameters.key == key)
        let wrapped = try wrap(Self.material, parameters, .rsaOAEPSHA256)
        let refusal = KeyError(.invalidImportToken, "")
        await #expect(throws: refusal) {
            _ = try await store.importMaterial(for: other, token: parameters.token, wrapped: wrapped)
        }
        for position in stride(from: 0, to: parameters.token.count, by: 13) {
            var token = parameters.token
            token[position] ^= 1
            await #expect(throws: refusal) {
                _ = try await store.importMaterial(for: key, token: token, wrapped: wrapped)
            }
        }
        for token in [
            [], Array(parameters.token.dropLast()), parameters.token + [0], [UInt8](repeating: 0, count: 6145),
        ] {
            await #expect(throws: refusal) {
                _ = try await store.importMaterial(for: key, token: token, wrapped: wrapped)
            }
        }
        for wrapped in [[], Array(wrapped.dropLast()), wrapped + [0], wrapped.reversed()] {
            await #expect(throws: KeyError(.notAuthentic, "")) {
                _ = try await store.importMaterial(for: key, token: parameters.token, wrapped: wrapped)
            }
        }
        clock.advance(seconds: 86399)
        _ = try await store.importMaterial(for: key, token: parameters.token, wrapped: wrapped)
        clock.advance(seconds: 1)
        await #expect(throws: KeyError(.expiredImportToken, "")) {
            _ = try await store.importMaterial(for: key, token: parameters.token, wrapped: wrapped)
        }
    }

    @Test func `comes with a token that is good under later root keys, for its day`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let (key, token, wrapped) = try await offer(store)
        @Sendable func give(_ store: KeyStore) async throws {
            _ = try await store.importMaterial(for: key, token: token, wrapped: wrapped)
        }
        for _ in 0..<3 {
            clock.advance(seconds: 1000)
            _ = try await store.rotateRoot()
            try await give(place.open(clock))
        }
        // Back to before, and under a passphrase.
        let file = place.folder + "/b"
        _ = try await store.backup(to: file)
        _ = try await store.rotateRoot()
        let restored = try KeyStore.restore(
            file, at: place.home, seal: .file(place.rootKey), isForced: true, clock: { [clock] in clock.now })
        try await give(restored.store)
        #expect(try count(place) == 4)
        clock.advance(seconds: 86400 - 3000 - 1)
        try await give(place.open(clock))
        clock.advance(seconds: 1)
        await #expect(throws: KeyError(.expiredImportToken, "")) { try await give(place.open(clock)) }
        // What opens tokens goes when none of them can be good.
        clock.advance(seconds: 3000)
        await #expect(throws: KeyError(.invalidImportToken, "")) { try await give(place.open(clock)) }
        #expect(try count(place) == 0)
    }

    @Test func `comes with a token that ends where old root keys are forgotten`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let (key, token, wrapped) = try await offer(store)
        _ = try await store.rotateRoot()
        _ = try await store.rotateRoot(isForgetting: true)
        #expect(try count(place) == 0)
        await #expect(throws: KeyError(.invalidImportToken, "")) {
            _ = try await store.importMaterial(for: key, token: token, wrapped: wrapped)
        }
        for _ in 0..<ImportToken.rootLimit + 2 { _ = try await store.rotateRoot() }
        #expect(try count(place) == ImportToken.rootLimit)
    }

    /// Of how many root keys before tokens are taken.
    private func count(_ place: TemporaryStore) throws -> Int? { try place.row("SELECT count(*) FROM token_keys")?[0] }

    @Test func `is for keys that take it, and not for those pending deletion`() async throws {
        let store = try TemporaryStore().open(clock)
        let alias = try KeyID("alias/default")
        await #expect(throws: KeyError(.unsupported, "")) {
            _ = try await store.importParameters(for: alias, wrappingAlgorithm: .rsaOAEPSHA1, wrappingKeySpec: .rsa2048)
        }
        await #expect(throws: KeyError(.unsupported, "")) { _ = try await store.deleteImportedMaterial(of: alias) }
        let key = try await key(store)
        await #expect(throws: KeyError(.invalidArgument, "")) {
            _ = try await store.importParameters(
                for: key, wrappingAlgorithm: .rsaOAEPSHA1, wrappingKeySpec: .eccNISTP256)
        }
        for isEnabled in [true, false] {
            await #expect(throws: KeyError(.pendingImport, "")) { _ = try await store.setEnabled(isEnabled, key) }
        }
        await #expect(throws: KeyError(.unsupported, "")) { _ = try await store.rotate(key) }
        await #expect(throws: KeyError(.unsupported, "")) { _ = try await store.setRotation(of: key, days: 90) }
        #expect(try await store.scheduleDeletion(key).state == .pendingDeletion)
        await #expect(throws: KeyError(.pendingDeletion, "")) {
            _ = try await store.importParameters(for: key, wrappingAlgorithm: .rsaOAEPSHA1, wrappingKeySpec: .rsa2048)
        }
        #expect(try await store.cancelDeletion(key).state == .pendingImport)
        #expect(try await importMaterial(Self.material, into: key, store).state == .enabled)
        _ = try await store.setEnabled(false, key)
        #expect(try await importMaterial(Self.material, into: key, store).state == .disabled)
    }

    @Test func `that was deleted since stays deleted when a backup comes back`() async throws {
        let place = try TemporaryStore()
        let store = try place.open(clock)
        let key = try await key(store)
        try await importMaterial(Self.material, into: key, store)
        _ = try await store.backup(to: place.folder + "/b")
        _ = try await store.deleteImportedMaterial(of: key)
        let clock = clock
        let restored = try KeyStore.restore(
            place.folder + "/b", at: place.home, seal: .file(place.rootKey), isForced: true, clock: { clock.now })
        #expect(try await restored.store.describe(key).state == .pendingImport)
    }
}
