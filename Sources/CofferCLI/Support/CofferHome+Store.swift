import CofferKMS

extension CofferHome {
    /// Opens the key store.
    func openStore() throws -> KeyStore {
        try KeyStore.open(
            at: directory, seal: .either(file: rootKeyFile, passphrase: { try Passphrase.existing() }))
    }
}
