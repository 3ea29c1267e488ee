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
            rewrapped.keys[i].wrapped = try await key.wrapped.rewrapped(
                context(of: key, dataset: dataset), id: key.id, commitment: key.commitment, to: target,
                allowed: allowed, keys: service)
        }
        return rewrapped
    }
}

extension WrappedKey {
    /// The data key `id` under the newest version of its KEK, or under `target`; the same where it is that already.
    func rewrapped(
        _ context: EncryptionContext, id: [UInt8], commitment: [UInt8], to target: KeyID?, allowed: AllowedKeys,
        keys service: any KeyManagementService
    ) async throws -> WrappedKey {
        guard try await allowed.allow(key, keys: service) else { throw Self.locked(key) }
        let moves = if let target { try await service.describe(target).key != key } else { false }
        // A key that can't be asked for, or that does not open, is said below.
        if !moves, (try? await service.isCurrent(self, context: context)) == true { return self }
        let secret = try await open(context, id: id, commitment: commitment, allowed: allowed, keys: service)
        guard let secret else { throw Self.locked(key) }
        return try await service.wrap(secret.bytes, under: target ?? key, context: context)
    }

    private static func locked(_ key: KeyID) -> PipelineError {
        PipelineError(
            .catalogue, "a data key under \(key) can't be unwrapped here",
            hint: "allow that key with --key, enable it, and give the dataset's name with --dataset")
    }
}
