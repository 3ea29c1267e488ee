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
            let moves = if let target { try await service.describe(target).key != key.wrapped.key } else { false }
            let context = context(of: key, dataset: dataset)
            // A key that can't be asked for, or that does not open, is said below.
            if !moves, (try? await service.isCurrent(key.wrapped, context: context)) == true { continue }
            guard let secret = try await key.open(dataset: dataset, allowed: allowed, keys: service) else {
                throw Self.locked(key.wrapped.key)
            }
            rewrapped.keys[i].wrapped = try await service.wrap(
                secret.bytes, under: target ?? key.wrapped.key, context: context)
        }
        return rewrapped
    }

    private static func locked(_ key: KeyID) -> PipelineError {
        PipelineError(
            .catalogue, "a data key under \(key) can't be unwrapped here",
            hint: "allow that key with --key, enable it, and give the dataset's name with --dataset")
    }
}
