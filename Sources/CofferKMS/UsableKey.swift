import Coffer
import CofferCrypto

/// A key that may be used now, and all that its use needs.
struct UsableKey {
    let name: KeyID
    let key: KeyRecord
    let spec: KeySpec
    let state: StoredState
    let store: KeyStore

    /// The version that is used for what is new.
    var version: VersionRecord { get throws(KeyError) { try state.tables.newestVersion(of: key) } }

    /// Its material.
    var material: Material { get throws(KeyError) { try material(of: version) } }

    /// The material of one version.
    func material(of version: VersionRecord) throws(KeyError) -> Material {
        try store.material(of: version, spec, state.seal)
    }

    func check(_ algorithm: EncryptionAlgorithm) throws(KeyError) {
        try check(algorithm.rawValue, spec.encryptionAlgorithms.contains(algorithm))
    }

    func check(_ algorithm: SigningAlgorithm) throws(KeyError) {
        try check(algorithm.rawValue, spec.signingAlgorithms.contains(algorithm))
    }

    func check(_ algorithm: MACAlgorithm) throws(KeyError) {
        try check(algorithm.rawValue, spec.macAlgorithms.contains(algorithm))
    }

    private func check(_ algorithm: String, _ isCompatible: Bool) throws(KeyError) {
        guard isCompatible else {
            throw KeyError(
                .incompatibleAlgorithm, "algorithm \(algorithm) is incompatible with key spec \(spec.rawValue)")
        }
    }
}

extension KeyStore {
    /// The key that `name` names, if it may be used for `usage` now.
    func usable(
        _ name: KeyID, for usage: KeyDescription.Usage, in known: StoredState? = nil
    ) throws -> UsableKey {
        let state = try known ?? state()
        let key = try state.tables.usableKey(name, for: usage)
        return UsableKey(name: name, key: key, spec: state.tables.spec(of: key), state: state, store: self)
    }
}
