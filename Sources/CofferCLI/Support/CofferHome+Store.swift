import Coffer
import CofferAudit
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

    static func add(_ store: KeyStore) { stores.withLock { $0.append(store) } }

    static func close() { for store in stores.withLock({ $0 }) { store.close() } }

    /// What happened by itself and is not on the record yet: a command that only looks at keys opens none.
    static func recordDue() async {
        for store in stores.withLock({ $0 }) where (try? store.hasDueEvents) == true {
            do {
                let (home, file) = (try CofferHome(), try CofferFile.read())
                let log = try OpenLogs.first ?? home.openAudit(file) { $0.interval = nil }
                let record = CommandRecord(log: log, realm: file.realm) { try store.keyStoreState() }
                try await store.recordDueEvents(on: record)
            } catch {
                _ = report(error)
            }
        }
    }
}
