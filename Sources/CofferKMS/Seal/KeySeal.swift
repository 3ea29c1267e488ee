public import Coffer
public import CofferCrypto
import GRDB
import Synchronization

/// A root key wrapped by another key management service: whoever may use its key can open the store, without anybody there
/// to type a passphrase (auto-unseal).
///
/// The service is asked once before a store is opened, by ``prepare(for:)``, and again when its root key changes. Which key it
/// is says the configuration, never the store: somebody could put one in its place that is sealed by a key of their own.
public final class KeySeal: Sendable {
    /// The key that wraps the root key.
    public let key: KeyID
    private let service: any KeyManagementService
    private let state = Mutex(State())

    private struct State {
        var known: [[UInt8]: RootKey] = [:]
        var fetching: Set<[UInt8]> = []
        var fresh: (root: RootKey, wrapped: WrappedKey)?
    }

    /// A seal by `key` of `service`.
    public init(_ key: KeyID, of service: any KeyManagementService) { (self.key, self.service) = (key, service) }

    /// Has the service unwrap the root key of the store in the folder `directory`, or wrap a new one where there is no store.
    /// To be called before such a store is opened or made. A store that is sealed in another way needs no service.
    public func prepare(for directory: String, randomness: Randomness = .system) async throws {
        let path = "\(directory)/\(StoreFile.name)"
        guard PrivateFile.exists(path) else { return try await prepareNew(randomness) }
        let row = try StoreFile(path).read(SealRow.read)
        try await prepare(for: row)
    }

    /// The same for the backup at `path`.
    public func prepare(forBackup path: String) async throws { try await prepare(for: KeyStore.read(path).seal) }

    private func prepare(for row: SealRow) async throws {
        guard case .key(let id, let wrapped) = row else { return }
        _ = try await fetch(id, wrapped)
    }

    /// A new root key, wrapped.
    func makeRoot(_ randomness: Randomness) async throws -> (RootKey, WrappedKey) {
        let root = RootKey(randomness.secret(count: RootKey.byteCount))
        let wrapped = try await service.wrap(root.secret, under: key, context: Self.context(root.id))
        guard wrapped.bytes.count <= 8192 else { throw KeyError(.unavailable, "\(key) wraps keys too largely") }
        state.withLock { $0.known[root.id] = root }
        return (root, wrapped)
    }

    private func prepareNew(_ randomness: Randomness) async throws {
        let fresh = try await makeRoot(randomness)
        state.withLock { $0.fresh = (fresh.0, fresh.1) }
    }

    /// The root key that was prepared for a new store; given once.
    func takeFresh() throws(KeyError) -> (RootKey, WrappedKey) {
        let fresh = state.withLock { state in
            defer { state.fresh = nil }
            return state.fresh
        }
        guard let fresh else { throw KeyError(.unavailable, "no root key was prepared under \(key)") }
        return (fresh.root, fresh.wrapped)
    }

    /// The root key with this id, where it is known. Where not, it is asked for in the background, since nobody who reads the
    /// store can wait for a service.
    func open(_ id: [UInt8], _ wrapped: WrappedKey) throws(KeyError) -> RootKey {
        if let root = state.withLock({ $0.known[id] }) { return root }
        if state.withLock({ $0.fetching.insert(id).inserted }) {
            Task.detached {
                _ = try? await self.fetch(id, wrapped)
                self.state.withLock { _ = $0.fetching.remove(id) }
            }
        }
        throw KeyError(
            .unavailable, "the root key has changed and is being asked for from \(key)", hint: "try again in a moment")
    }

    private func fetch(_ id: [UInt8], _ wrapped: WrappedKey) async throws -> RootKey {
        let secret: SecretBytes
        do {
            // Only the bytes are the store's: the key is the one that was configured.
            let description = try await service.describe(key)
            secret = try await service.unwrap(
                WrappedKey(key: description.key, version: wrapped.version, bytes: wrapped.bytes),
                context: Self.context(id))
        } catch KeyError.Code.notAuthentic {
            throw Self.foreign(key)
        }
        guard secret.count == RootKey.byteCount, case let root = RootKey(secret), root.id == id else {
            throw Self.foreign(key)
        }
        state.withLock { $0.known[id] = root }
        return root
    }

    private static func foreign(_ key: KeyID) -> KeyError {
        KeyError(
            .storeRefused, "\(key) did not seal this key store", hint: "set COFFER_SEAL to the key that init was given")
    }

    static func context(_ id: [UInt8]) -> EncryptionContext {
        ["coffer:purpose": "root-key", "coffer:root-key-id": Hexadecimal.encode(id)]
    }
}
