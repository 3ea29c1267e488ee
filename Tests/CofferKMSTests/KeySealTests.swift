import Coffer
import CofferCrypto
import CofferKMS
import CofferTesting
import Foundation
import Testing

@Suite struct `A key store sealed by a key of another service` {
    private let kms = InMemoryKMS()
    private let alias = try! KeyID("alias/default")
    private let folder = TemporaryFolder()

    private func seal(_ service: InMemoryKMS? = nil) -> KeySeal { KeySeal(alias, of: service ?? kms) }

    private func create() async throws -> KeyStore {
        let seal = seal()
        try await seal.prepare(for: folder.path)
        return try KeyStore.create(at: folder.path, seal: .key(seal), keys: TemporaryStore.keys)
    }

    private func open(_ service: InMemoryKMS? = nil) async throws -> KeyStore {
        let seal = seal(service)
        try await seal.prepare(for: folder.path)
        return try KeyStore.open(at: folder.path, seal: .key(seal))
    }

    @Test func `opens without anybody there, and wraps what it wrapped`() async throws {
        let wrapped = try await create().generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        let calls = kms.callCount
        let store = try await open()
        #expect(try await store.unwrap(wrapped, context: [:]).count == 32)
        // The service was asked once, not for every key.
        #expect(kms.callCount == calls + 1)
    }

    @Test func `opens by no other service, by no other seal, and not unprepared`() async throws {
        _ = try await create()
        await #expect(throws: KeyError(.storeRefused, "")) { _ = try await open(InMemoryKMS()) }
        #expect(throws: KeyError(.storeRefused, "")) {
            _ = try KeyStore.open(at: folder.path, seal: .file(folder.path + ".root"))
        }
        #expect(throws: KeyError(.unavailable, "")) { _ = try KeyStore.open(at: folder.path, seal: .key(seal())) }
        #expect(throws: KeyError(.unavailable, "")) {
            _ = try KeyStore.create(at: folder.path + "-2", seal: .key(seal()), keys: TemporaryStore.keys)
        }
    }

    @Test func `has a new root key after a rotation, which others who have it open come to know`() async throws {
        let store = try await create()
        let other = try await open()
        let rotation = try await store.rotateRoot()
        #expect(rotation.current != rotation.previous)
        _ = try await open().keys()
        #expect(throws: KeyError(.unavailable, "")) { _ = try other.generation }
        var generation: Int64?
        while generation == nil {
            await Task.yield()
            generation = try? other.generation
        }
        #expect(try generation == store.generation)
    }

    @Test func `goes to a file and back`() async throws {
        let (seal, root) = (seal(), folder.path + ".root")
        try await seal.prepare(for: folder.path)
        _ = try KeyStore.create(at: folder.path, seal: .key(seal), keys: TemporaryStore.keys)
        let both = RootSeal(file: root, key: seal)
        _ = try await KeyStore.open(at: folder.path, seal: both).rotateRoot(to: .file)
        let store = try KeyStore.open(at: folder.path, seal: .file(root))
        await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.rotateRoot(to: .seal) }
        _ = try await KeyStore.open(at: folder.path, seal: both).rotateRoot(to: .seal)
        #expect(throws: KeyError(.storeRefused, "")) { _ = try KeyStore.open(at: folder.path, seal: .file(root)) }
        _ = try await open().keys()
    }

    @Test func `is backed up, and restored by the same key`() async throws {
        let store = try await create()
        let path = folder.path + ".backup"
        _ = try await store.backup(to: path)
        let seal = seal()
        #expect(throws: KeyError(.unavailable, "")) { _ = try KeyStore.verifyBackup(path, seal: .key(seal)) }
        try await seal.prepare(forBackup: path)
        #expect(try KeyStore.verifyBackup(path, seal: .key(seal)).keys == 2)
        let restored = try KeyStore.restore(path, at: folder.path + "-new", seal: .key(seal)).store
        #expect(try await restored.keys().count == 2)
    }

    @Test func `does not open when somebody put in its place one that is sealed by a key of theirs`() async throws {
        let theirs = InMemoryKMS()
        let seal = KeySeal(theirs.createKey(.encryptDecrypt, alias: "alias/theirs"), of: theirs)
        try await seal.prepare(for: folder.path)
        _ = try KeyStore.create(at: folder.path, seal: .key(seal), keys: TemporaryStore.keys)
        await #expect(throws: KeyError(.storeRefused, "")) { _ = try await open() }
    }
}

@Suite struct `A catalogue that lies about versions` {
    @Test func `does not take the guard from the version that wrapped its key`() async throws {
        let alias = try KeyID("alias/default")
        let place = try TemporaryStore()
        let store = try place.open()
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        _ = try await store.rotate(alias)
        let lie = WrappedKey(key: wrapped.key, version: 2, bytes: wrapped.bytes)
        try await store.record(
            KeyUse(
                catalogue: "c", location: "l", dataset: "d", keys: [.init(key: lie.key, version: 2)], wrapped: [lie]))
        #expect(try await store.uses(of: alias, version: 1).count == 1)
        #expect(try await store.uses(of: alias, version: 2).isEmpty)
        await #expect(throws: KeyError(.inUse, "")) { _ = try await store.setEnabled(false, alias, version: 1) }
    }
}

@Suite struct `What a killed init leaves behind` {
    @Test func `is gone after the next one, and what belongs to a running process stays`() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // No process has so high a number; process 1 runs.
        let (dead, alive) = (["-4194399", "-4194399-wal", "-4194399-shm"], ["-1", "-x", "-"])
        for end in dead + alive { try TemporaryStore.write(Data([1]), to: "\(folder.path)/keys.db.new\(end)") }
        _ = try KeyStore.create(at: folder.path, seal: .file(folder.path + ".root"), keys: TemporaryStore.keys)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".new") }
        #expect(Set(left) == Set(alive.map { "keys.db.new\($0)" }))
    }
}

@Suite struct `The PKCS 11 URI of a key` {
    @Test func `is taken apart`() throws {
        let address = try TokenAddress(
            "pkcs11:token=My%20token;object=root;type=secret-key?module-path=/usr/lib/x.so&pin-source=file:/run/pin")
        #expect(address.token == "My token" && address.key == "root" && address.module == "/usr/lib/x.so")
        #expect(address.pin == .file("/run/pin"))
        #expect(address.description == "pkcs11:token=My%20token;object=root")
        #expect(try TokenAddress(address.description).token == "My token")
    }

    @Test(arguments: [
        "", "pkcs11:", "pkcs11:token=a", "pkcs11:object=a", "pkcs11:token=a;object=b;id=%01",
        "pkcs11:token=a;token=b;object=c",
        "pkcs11:token=a;object=b?pin-value=1234", "pkcs11:token=a;object=b?pin-source=1234", "pkcs11:token=;object=b",
        "pkcs11:token=a;object=b;type=private", "pkcs11:token=%zz;object=b", "PKCS11:token=a;object=b",
        "pkcs11:token=\(String(repeating: "a", count: 33));object=b",
    ])
    func `is refused where it is none or says a PIN`(text: String) {
        #expect(throws: KeyError(.invalidArgument, "")) { _ = try TokenAddress(text) }
    }
}

/// A folder that goes, with what lies beside it under its name.
final class TemporaryFolder: Sendable {
    private let above = FileManager.default.temporaryDirectory.path + "/coffer-kms-\(UUID().uuidString)"
    var path: String { above + "/home" }

    init() {
        try! FileManager.default.createDirectory(
            atPath: above, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: above) }
}
