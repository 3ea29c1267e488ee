import Coffer
import CofferKMS
import Synchronization

/// The embedded key store, opened when the first key is needed.
actor StoreOnDemand {
    private var keys: (any KeyManagementService & KeyUses)?
    private var opened: CommandRecord?
    private let store = OpenedStore()

    /// The keys, behind their guard; `limits` say whether data keys may be shared beneath it.
    func open(sharing limits: DataKeyLimits? = nil) async throws -> any KeyManagementService & KeyUses {
        if let keys { return keys }
        let home = try CofferHome()
        let store = try home.openStore()
        self.store.set(store)
        let record = try record() ?? home.openRecord { [store = self.store] in try store.state() }
        let guarded = try await home.guarded(store, record)
        let keys: any KeyManagementService & KeyUses
        if let limits { keys = guarded.keys(sharing: limits) } else { keys = guarded.keys }
        self.keys = keys
        return keys
    }

    /// The record; nil where there is no key store.
    func record() throws -> CommandRecord? {
        if let opened { return opened }
        let home = try CofferHome()
        guard home.hasStore else { return nil }
        opened = try home.openRecord { [store] in try store.state() }
        return opened
    }
}

/// A store, once it is open, for whoever asks how it stands.
final class OpenedStore: Sendable {
    private let store = Mutex<KeyStore?>(nil)

    func set(_ store: KeyStore) { self.store.withLock { $0 = store } }

    /// How it stands; nil before it is open.
    func state() throws -> KeyStoreState? { try store.withLock { $0 }?.keyStoreState() }
}
