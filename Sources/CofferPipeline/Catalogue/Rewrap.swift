package import Coffer
import CofferCrypto

extension Catalogue {
    /// The same catalogue with its data keys under the newest version of their KEKs, or all under `target`. Touches no
    /// data: cells depend on data keys only.
    ///
    /// - Throws: ``PipelineError`` with the KEK in question where one is not allowed or doesn't open, with nothing changed.
    package func rewrapped(
        dataset: String, to target: KeyID?, allowed: AllowedKeys, keys service: any KeyManagementService
    ) async throws -> Catalogue {
        var rewrapped = self
        for (i, key) in keys.enumerated() {
            guard try await allowed.allow(key.wrapped.key, keys: service) else { throw Self.locked(key.wrapped.key) }
            let newest = try await newestVersion(of: target ?? key.wrapped.key, service)
            if newest == key.wrapped.reference { continue }
            guard let secret = try await key.open(dataset: dataset, allowed: allowed, keys: service) else {
                throw Self.locked(key.wrapped.key)
            }
            rewrapped.keys[i].wrapped = try await service.wrap(
                secret.bytes, under: target ?? key.wrapped.key, context: context(of: key, dataset: dataset))
        }
        return rewrapped
    }

    private static func locked(_ key: KeyID) -> PipelineError {
        PipelineError(
            .catalogue, "a data key under \(key) can't be unwrapped here",
            hint: "allow that key with --key, enable it, and give the dataset's name with --dataset")
    }

    /// What a fresh wrapping would be under; nil where the service doesn't say.
    private func newestVersion(
        of key: KeyID, _ service: any KeyManagementService
    ) async throws -> KeyUse.Reference? {
        guard let known = try? await service.describe(key), let last = known.versions.last else { return nil }
        return KeyUse.Reference(key: known.key, version: last.number)
    }
}

extension WrappedKey {
    fileprivate var reference: KeyUse.Reference { KeyUse.Reference(key: key, version: version) }
}
