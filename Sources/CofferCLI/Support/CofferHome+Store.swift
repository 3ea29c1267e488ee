import Coffer
import CofferKMS
import Synchronization

extension CofferHome {
    /// Where the root key comes from.
    var seal: RootSeal {
        get throws {
            let choice = try SealChoice.current()
            return RootSeal(
                file: rootKeyFile, passphrase: { try Passphrase.existing() }, token: choice?.token, key: choice?.key)
        }
    }

    /// Opens the key store. Says which keys are no more because their waiting period was over.
    func openStore() throws -> KeyStore {
        let store = try KeyStore.open(at: directory, seal: seal)
        OpenStores.add(store)
        for key in store.destroyedAtOpen {
            Terminal.say("\(key.aliases.first ?? key.key.name) was destroyed: its waiting period was over")
        }
        return store
    }
}

/// The stores that a command opened: closed when it ends, however it ends, so that they remember which keys were used.
enum OpenStores {
    private static let stores = Mutex<[KeyStore]>([])
    private static let isRecorded = Mutex(false)

    static func add(_ store: KeyStore) { stores.withLock { $0.append(store) } }

    static func close() { for store in stores.withLock({ $0 }) { store.close() } }

    /// The keys that were destroyed at open are on the record.
    static func forgetDestroyed() { isRecorded.withLock { $0 = true } }

    /// A command that only looks at keys opens no record; where it destroyed one that was due, it does.
    static func recordDestroyed() async {
        let store = stores.withLock { $0 }.first { !$0.destroyedAtOpen.isEmpty }
        guard let store, !isRecorded.withLock({ $0 }) else { return }
        do {
            let home = try CofferHome()
            _ = try await home.guarded(store, home.openRecord { try store.keyStoreState() })
        } catch {
            _ = report(error)
        }
    }
}
