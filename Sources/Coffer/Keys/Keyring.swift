public import CofferCrypto

/// Key services by what their key URIs begin with: `coffer:` here, `aws-kms://` there. Each is opened when a key of it is
/// used for the first time, and asked for its own keys only.
public final class Keyring: KeyManagementService, KeyUses {
    /// Opens a service.
    public typealias Opening = @Sendable () async throws -> any KeyManagementService

    private let services: Services

    /// A keyring of services that are opened when they are needed.
    public init(_ openings: [String: Opening]) { services = Services(openings) }

    /// Opened services, one for each scheme.
    private actor Services {
        private let openings: [String: Opening]
        private var opened: [String: Task<any KeyManagementService, any Error>] = [:]

        init(_ openings: [String: Opening]) { self.openings = openings }

        func service(_ scheme: String) async throws -> any KeyManagementService {
            if let task = opened[scheme] { return try await task.value }
            guard let open = openings[scheme] else {
                let known = openings.keys.sorted().joined(separator: ", ")
                throw KeyError(.invalidName, "“\(scheme)” is no key service", hint: "these are known: \(known)")
            }
            let task = Task { try await open() }
            opened[scheme] = task
            do { return try await task.value } catch {
                // Another try may succeed.
                opened[scheme] = nil
                throw error
            }
        }

        func openedService(_ scheme: String) async -> (any KeyManagementService)? {
            try? await opened[scheme]?.value
        }
    }

    /// The service that holds keys of `scheme`, opened.
    public func service(_ scheme: String) async throws -> any KeyManagementService {
        try await services.service(scheme)
    }

    /// A fresh data key, by whoever holds `key`.
    public func generateDataKey(
        under key: KeyID, byteCount: Int, context: EncryptionContext
    ) async throws -> DataKey {
        try await service(key.scheme).generateDataKey(under: key, byteCount: byteCount, context: context)
    }

    /// `plaintext` wrapped by whoever holds `key`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try await service(key.scheme).wrap(plaintext, under: key, context: context)
    }

    /// The key inside `wrapped`, by whoever holds its KEK.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        try await service(wrapped.key.scheme).unwrap(wrapped, context: context)
    }

    /// A MAC by whoever holds `key`.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await service(key.scheme).mac(message, under: key)
    }

    /// What its holder says of `key`.
    public func describe(_ key: KeyID) async throws -> KeyDescription {
        try await service(key.scheme).describe(key)
    }

    /// What the holder of its KEK says of `wrapped`.
    public func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool {
        try await service(wrapped.key.scheme).isCurrent(wrapped, context: context)
    }

    /// Has every service that remembers uses remember those of its own keys. A service that a use says nothing of, and that
    /// was not opened, is left closed.
    public func record(_ use: KeyUse) async throws {
        let byScheme = Dictionary(grouping: use.keys, by: \.key.scheme)
        for (scheme, keys) in byScheme {
            guard let service = try await service(scheme) as? any KeyUses else { continue }
            try await service.record(use.with(Set(keys)))
        }
        guard byScheme["coffer"] == nil, let store = await services.openedService("coffer") as? any KeyUses else {
            return
        }
        try await store.record(use.with([]))
    }

    /// The catalogues that need `key`, as far as its holder remembers.
    public func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] {
        guard let service = try await service(key.scheme) as? any KeyUses else { return [] }
        return try await service.uses(of: key, version: version)
    }
}

extension KeyUse {
    fileprivate func with(_ keys: Set<Reference>) -> KeyUse {
        KeyUse(catalogue: catalogue, location: location, dataset: dataset, keys: keys)
    }
}
