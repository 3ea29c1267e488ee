import Coffer
import CofferKMS

extension CofferHome {
    /// Opens the key store. Says which keys are no more because their waiting period was over.
    func openStore() throws -> KeyStore {
        let store = try KeyStore.open(
            at: directory, seal: .either(file: rootKeyFile, passphrase: { try Passphrase.existing() }))
        for key in store.destroyedAtOpen {
            Terminal.say("\(key.aliases.first ?? key.key.name) was destroyed: its waiting period was over")
        }
        return store
    }
}
