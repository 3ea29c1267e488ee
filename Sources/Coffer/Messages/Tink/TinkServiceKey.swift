public import CofferCrypto

/// What seals keys for Tink, its *remote AEAD*: a key of a key service, or another keyset.
public protocol TinkKeyWrapper: Sendable {
    /// `plaintext` sealed, bound to `associatedData`.
    func wrap(_ plaintext: borrowing SecretBytes, associatedData: [UInt8]) async throws -> [UInt8]

    /// What was sealed; nil where it was not sealed by this, or not bound to `associatedData`. Throws where something else
    /// stands in the way: a disabled key, no permission, no network.
    func unwrap(_ sealed: [UInt8], associatedData: [UInt8]) async throws -> SecretBytes?
}

/// A key of a ``KeyManagementService`` as Tink's clients of key services use it: AWS KMS, or what speaks like it.
///
/// Associated data goes into the encryption context, as `associatedData` in hexadecimal digits; none makes no context. What
/// a key of the embedded store seals opens with Tink's client of AWS KMS against `coffer serve` over the same store.
public struct TinkServiceKey: TinkKeyWrapper {
    /// The key.
    public let key: KeyID
    private let service: any KeyManagementService

    /// A key by its name.
    public init(_ key: KeyID, in service: any KeyManagementService) {
        self.key = key
        self.service = service
    }

    private func context(_ associatedData: [UInt8]) -> EncryptionContext {
        associatedData.isEmpty ? [:] : ["associatedData": Hexadecimal.encode(associatedData)]
    }

    /// `plaintext`, at most 4096 bytes, under the newest version of the key.
    public func wrap(_ plaintext: borrowing SecretBytes, associatedData: [UInt8]) async throws -> [UInt8] {
        try await service.wrap(plaintext, under: key, context: context(associatedData)).bytes
    }

    /// What was sealed under any version of the key, the newest first. Costs a call for each that did not seal it.
    public func unwrap(_ sealed: [UInt8], associatedData: [UInt8]) async throws -> SecretBytes? {
        guard !sealed.isEmpty else { return nil }
        let found = try await service.describe(key)
        var obstacle: (any Error)?
        for version in found.versions.reversed() {
            let wrapped = WrappedKey(key: found.key, version: version.number, bytes: sealed)
            do {
                return try await service.unwrap(wrapped, context: context(associatedData))
            } catch KeyError.Code.notAuthentic {
                continue
            } catch KeyError.Code.disabled {
                obstacle = KeyError(.disabled, "\(key), or the version of it that is needed, is disabled")
            }
        }
        if let obstacle { throw obstacle }
        return nil
    }
}
